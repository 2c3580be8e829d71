/** An item sealed to the town and signed by the phone: whoever finds the phone reads nothing, and only it can have written it. */
import { base64, canonical, fromBase64, random, sha256, utf8, uuidBytes, type Bytes } from './bytes'
import type { Envelope, Item, TownKey } from './protocol'

const ECDH = { name: 'ECDH', namedCurve: 'P-256' }
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256' }
const INFO = utf8('xiangyun offline item v1')

/** The pair with which a phone signs; the private half never leaves the browser. */
export function makeSigningPair(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ECDSA, false, ['sign', 'verify'])
}

/** 65 bytes, as the town keeps it. */
export async function publicOf(pair: CryptoKeyPair): Promise<string> {
  return base64(await crypto.subtle.exportKey('raw', pair.publicKey))
}

/** What a signature is over. */
export const signedText = (envelope: Pick<Envelope, 'phone' | 'id' | 'seq' | 'hash'>): string =>
  `${envelope.phone}|${envelope.id}|${envelope.seq}|${envelope.hash}`

/** What an envelope is bound to: put under another town, phone or id it does not open. */
export const boundTo = (town: string, phone: string, id: string): Bytes => utf8(`${town}|${phone}|${id}`)

/** Close an item into an envelope; a key pair of its own each time. */
export async function seal(item: Item, signing: CryptoKey, town: TownKey): Promise<Envelope> {
  const ephemeral = await crypto.subtle.generateKey(ECDH, false, ['deriveKey', 'deriveBits'])
  return sealWith(ephemeral, random(12), item, signing, town)
}

/** As `seal`, with the pair and the nonce given: two envelopes must never share them. */
export async function sealWith(
  ephemeral: CryptoKeyPair,
  nonce: Bytes,
  item: Item,
  signing: CryptoKey,
  town: TownKey,
): Promise<Envelope> {
  const words = utf8(canonical(item))
  const { id, phone, seq } = item
  const hash = await sha256(words)
  const [key, epk, signature] = await Promise.all([
    sharedKey(ephemeral.privateKey, town.public, id),
    crypto.subtle.exportKey('raw', ephemeral.publicKey),
    crypto.subtle.sign({ ...ECDSA, hash: 'SHA-256' }, signing, utf8(signedText({ id, phone, seq, hash }))),
  ])
  const additionalData = boundTo(town.town_id, phone, id)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: nonce, additionalData }, key, words)
  return {
    id,
    phone,
    seq,
    key: town.num,
    epk: base64(epk),
    nonce: base64(nonce),
    sealed: base64(sealed),
    hash,
    sig: base64(signature),
  }
}

async function sharedKey(own: CryptoKey, theirs: string, id: string): Promise<CryptoKey> {
  const other = await crypto.subtle.importKey('raw', fromBase64(theirs), ECDH, false, [])
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, own, 256)
  const source = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
  const how = { name: 'HKDF', hash: 'SHA-256', salt: uuidBytes(id), info: INFO }
  return crypto.subtle.deriveKey(how, source, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

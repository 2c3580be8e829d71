/** The lock of what can be read on the phone: it opens with this phone and with the PIN, never with one of them alone. */
import { random, utf8, type Bytes } from './bytes'

/** Lifted only with a new lock: an old one opens with the rounds it was made with. */
const ROUNDS = 210_000
export const PIN = /^\d{6}$/
/** The tenth wrong PIN deletes the pack. */
export const TRIES = 10

/** A vault key, wrapped under PIN and phone. */
export interface Lock {
  salt: Bytes
  rounds: number
  nonce: Bytes
  wrapped: ArrayBuffer
}

export interface Sealed {
  nonce: Bytes
  sealed: ArrayBuffer
}

/** The half of the key that stays in this browser and cannot be taken out by script. */
export function makeDeviceKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
}

/** The key of the files that wait: they are sent without a PIN, so the phone alone opens them. */
export function makeShelfKey(): Promise<CryptoKey> {
  return crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
}

/** A new lock and the open vault behind it. */
export async function makeLock(pin: string, device: CryptoKey): Promise<{ lock: Lock; vault: CryptoKey }> {
  const open = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt'])
  const salt = random(16)
  const nonce = random(12)
  const key = await lockKey(pin, salt, ROUNDS, device)
  const wrapped = await crypto.subtle.wrapKey('raw', open, key, { name: 'AES-GCM', iv: nonce })
  const lock = { salt, rounds: ROUNDS, nonce, wrapped }
  return { lock, vault: (await openLock(lock, pin, device)) as CryptoKey }
}

/** The vault, or null where the PIN is another. */
export async function openLock(lock: Lock, pin: string, device: CryptoKey): Promise<CryptoKey | null> {
  const key = await lockKey(pin, lock.salt, lock.rounds, device)
  const how = { name: 'AES-GCM', iv: lock.nonce }
  return crypto.subtle
    .unwrapKey('raw', lock.wrapped, key, how, { name: 'AES-GCM' }, false, ['encrypt', 'decrypt'])
    .catch(() => null)
}

/** The same vault behind another PIN: all that was closed under it still opens. Null where the old PIN is another. */
export async function changeLock(
  lock: Lock,
  pin: string,
  next: string,
  device: CryptoKey,
): Promise<Lock | null> {
  const old = await lockKey(pin, lock.salt, lock.rounds, device)
  const how = { name: 'AES-GCM', iv: lock.nonce }
  const uses: KeyUsage[] = ['encrypt', 'decrypt']
  const open = await crypto.subtle
    .unwrapKey('raw', lock.wrapped, old, how, { name: 'AES-GCM' }, true, uses)
    .catch(() => null)
  if (!open) return null
  const salt = random(16)
  const nonce = random(12)
  const key = await lockKey(next, salt, ROUNDS, device)
  const wrapped = await crypto.subtle.wrapKey('raw', open, key, { name: 'AES-GCM', iv: nonce })
  return { salt, rounds: ROUNDS, nonce, wrapped }
}

/** Close bytes under a key of this phone; `about` binds them to their place. */
export async function close(key: CryptoKey, open: BufferSource, about: string): Promise<Sealed> {
  const nonce = random(12)
  const how = { name: 'AES-GCM', iv: nonce, additionalData: utf8(about) }
  return { nonce, sealed: await crypto.subtle.encrypt(how, key, open) }
}

/** Throws where the key is another, or one bit is. */
export function unclose(key: CryptoKey, { nonce, sealed }: Sealed, about: string): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv: nonce, additionalData: utf8(about) }, key, sealed)
}

async function lockKey(pin: string, salt: Bytes, rounds: number, device: CryptoKey): Promise<CryptoKey> {
  const source = await crypto.subtle.importKey('raw', utf8(pin), 'PBKDF2', false, ['deriveBits'])
  const slow = await crypto.subtle.deriveBits(
    { name: 'PBKDF2', hash: 'SHA-256', salt, iterations: rounds },
    source,
    256,
  )
  const bound = await crypto.subtle.sign('HMAC', device, slow)
  return crypto.subtle.importKey('raw', bound, 'AES-GCM', false, ['wrapKey', 'unwrapKey'])
}

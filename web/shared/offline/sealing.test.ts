import { describe, expect, it } from 'vitest'
import { canonical, fromBase64, sha256, utf8 } from './bytes'
import type { Envelope, Item } from './protocol'
import { makeSigningPair, publicOf, seal, sealWith, signedText } from './sealing'
import { openEnvelope } from './tests/pretendTown'
import told from './vectors.json'

const { town, phone } = told
const VECTORS = told.vectors as unknown as {
  item: Item
  canonical: string
  ephemeral: { public: string; private: string }
  envelope: Envelope
}[]
const ECDH = { name: 'ECDH', namedCurve: 'P-256' }
const ECDSA = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

const secret = (words: string) =>
  crypto.subtle.importKey('pkcs8', fromBase64(words), ECDH, false, ['deriveBits'])
const pairOf = async (keys: { public: string; private: string }) => ({
  privateKey: await secret(keys.private),
  publicKey: await crypto.subtle.importKey('raw', fromBase64(keys.public), ECDH, true, []),
})
const verifies = async (envelope: Envelope, raw: string) => {
  const key = await crypto.subtle.importKey('raw', fromBase64(raw), ECDSA, false, ['verify'])
  return crypto.subtle.verify(ECDSA, key, fromBase64(envelope.sig), utf8(signedText(envelope)))
}

describe('the vectors shared with the town', () => {
  it.each(VECTORS)('$item.id is written down the same way', async ({ item, canonical: words, envelope }) => {
    expect(canonical(item)).toBe(words)
    expect(await sha256(utf8(words))).toBe(envelope.hash)
  })

  it.each(VECTORS)('$item.id is sealed to the same bytes', async ({ item, ephemeral, envelope }) => {
    const { privateKey } = await makeSigningPair()
    const nonce = fromBase64(envelope.nonce)
    const made = await sealWith(await pairOf(ephemeral), nonce, item, privateKey, town)
    expect({ ...made, sig: '' }).toEqual({ ...envelope, sig: '' })
  })

  it.each(VECTORS)('$item.id opens and was signed by its phone', async ({ canonical: words, envelope }) => {
    expect(await openEnvelope(envelope, await secret(town.private), town.town_id)).toBe(words)
    expect(await verifies(envelope, phone.public)).toBe(true)
    expect(await verifies({ ...envelope, seq: envelope.seq + 1 }, phone.public)).toBe(false)
  })
})

describe('an envelope', () => {
  const [first] = VECTORS
  const item = (first as (typeof VECTORS)[number]).item

  it('is another each time, signed by the phone that made it', async () => {
    const pair = await makeSigningPair()
    const one = await seal(item, pair.privateKey, town)
    const two = await seal(item, pair.privateKey, town)
    expect([one.epk === two.epk, one.sealed === two.sealed, one.hash === two.hash]).toEqual([
      false,
      false,
      true,
    ])
    expect(await verifies(one, await publicOf(pair))).toBe(true)
    await expect(crypto.subtle.exportKey('pkcs8', pair.privateKey)).rejects.toThrow()
  })

  it.each([
    ['another item', (envelope: Envelope) => ({ ...envelope, id: item.phone })],
    ['another phone', (envelope: Envelope) => ({ ...envelope, phone: item.id })],
  ])('does not open as that of %s', async (_what, change) => {
    const { privateKey } = await makeSigningPair()
    const changed = change(await seal(item, privateKey, town))
    await expect(openEnvelope(changed, await secret(town.private), town.town_id)).rejects.toThrow()
  })
})

it('text is written down with its keys in order, whatever the order it was made in', () => {
  expect(canonical({ b: [1, undefined, { z: 1, a: null }], a: '乡', c: undefined })).toBe(
    '{"a":"乡","b":[1,null,{"a":null,"z":1}]}',
  )
})

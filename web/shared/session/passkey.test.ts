import { describe, expect, it } from 'vitest'
import { bytes, text } from './passkey'

describe('bytes on the wire', () => {
  it('are base64url without padding, both ways', () => {
    const raw = Uint8Array.from({ length: 256 }, (_, n) => n)
    const said = text(raw.buffer)
    expect(said).not.toMatch(/[+/=]/)
    expect(said.slice(0, 8)).toBe('AAECAwQF')
    expect([...bytes(said)]).toEqual([...raw])
  })

  it('of any length come back whole', () => {
    for (const length of [0, 1, 2, 3, 62, 63]) {
      const raw = new Uint8Array(length).fill(251)
      expect([...bytes(text(raw.buffer))]).toEqual([...raw])
    }
  })
})

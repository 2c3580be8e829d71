import { expect, it } from 'vitest'
import { wav } from './recorder'

it('writes what a player and the server read: 16-bit mono at 16 kHz', () => {
  const view = new DataView(wav(new Float32Array([0, 1, -1, 2])))
  const text = (at: number) => String.fromCharCode(...[0, 1, 2, 3].map((n) => view.getUint8(at + n)))
  expect([text(0), text(8), text(36)]).toEqual(['RIFF', 'WAVE', 'data'])
  expect([view.getUint16(22, true), view.getUint32(24, true), view.getUint16(34, true)]).toEqual([
    1, 16000, 16,
  ])
  expect([view.getUint32(4, true), view.getUint32(40, true), view.byteLength]).toEqual([44, 8, 52])
  expect([0, 1, 2, 3].map((n) => view.getInt16(44 + n * 2, true))).toEqual([0, 32767, -32767, 32767])
})

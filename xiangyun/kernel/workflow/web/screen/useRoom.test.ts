import { describe, expect, it } from 'vitest'
import { fit } from './useRoom'

/** A lane of so many lines, where a card is three lines and its sentence; the rest is counted in one more. */
async function fitted(of: number, sentence: number, lane: number) {
  let found = { isBrief: false, count: 0 }
  await fit(of, (isBrief, count) => {
    found = { isBrief, count }
    return Promise.resolve(count * (3 + (isBrief ? 0 : sentence)) + (count < of ? 1 : 0) > lane)
  })
  return found
}

describe('the room of a lane', () => {
  it('gives every card all its words where it can', async () => {
    expect(await fitted(3, 4, 21)).toEqual({ isBrief: false, count: 3 })
  })

  it('leaves sentences to the open card before it leaves out cards', async () => {
    expect(await fitted(3, 4, 20)).toEqual({ isBrief: true, count: 3 })
  })

  it('then leaves cards to the line that counts them', async () => {
    expect(await fitted(5, 4, 12)).toEqual({ isBrief: true, count: 3 })
  })

  it('always shows one', async () => {
    expect(await fitted(5, 4, 2)).toEqual({ isBrief: true, count: 1 })
  })
})

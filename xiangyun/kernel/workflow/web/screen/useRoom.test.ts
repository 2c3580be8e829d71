import { describe, expect, it } from 'vitest'
import { fit, MOST_LINES } from './useRoom'

/** A lane of so many lines, where a card is three lines and its why; the rest is counted in one more. */
async function fitted(of: number, why: number, lane: number): Promise<{ lines: number; count: number }> {
  let found = { lines: 0, count: 0 }
  await fit(of, (lines, count) => {
    found = { lines, count }
    return Promise.resolve(count * (3 + Math.min(lines, why)) + (count < of ? 1 : 0) > lane)
  })
  return found
}

describe('the room of a lane', () => {
  it('gives every card all its words where it can', async () => {
    expect(await fitted(3, 4, 21)).toEqual({ lines: MOST_LINES, count: 3 })
  })

  it('takes lines of why before it takes cards', async () => {
    expect(await fitted(3, 4, 16)).toEqual({ lines: 2, count: 3 })
  })

  it('then leaves cards to the line that counts them', async () => {
    expect(await fitted(5, 4, 16)).toEqual({ lines: 1, count: 3 })
  })

  it('always shows one', async () => {
    expect(await fitted(5, 4, 2)).toEqual({ lines: 1, count: 1 })
  })
})

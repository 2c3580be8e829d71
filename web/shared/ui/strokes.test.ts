import { expect, it } from 'vitest'
import { drawnOn, isSignature } from './strokes'

it('a trembling glove adds no points, a moving finger does', () => {
  const begun = drawnOn([], { x: 0.1, y: 0.1 })
  expect(drawnOn(begun, { x: 0.1005, y: 0.1005 })).toBe(begun)
  expect(drawnOn(begun, { x: 0.2, y: 0.1 })).toHaveLength(2)
})

it('a touch by mistake is no signature, a line is, and so are several short ones', () => {
  expect(isSignature([])).toBe(false)
  expect(isSignature([[{ x: 0.5, y: 0.2 }]])).toBe(false)
  expect(
    isSignature([
      [
        { x: 0.1, y: 0.1 },
        { x: 0.4, y: 0.2 },
      ],
    ]),
  ).toBe(true)
  const short = [
    { x: 0.1, y: 0.1 },
    { x: 0.16, y: 0.1 },
  ]
  expect(isSignature([short])).toBe(false)
  expect(isSignature([short, short])).toBe(true)
})

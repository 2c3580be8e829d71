import { expect, it } from 'vitest'
import { digits } from './number'

it.each([
  [null, undefined, '—'],
  [undefined, undefined, '—'],
  [Number.NaN, undefined, '—'],
  [0, undefined, '0'],
  [18.44, undefined, '18.4'],
  [898.4, undefined, '898'],
  [-3.25, 1, '−3.3'],
  [-0.04, 1, '0.0'],
  [12345, undefined, '12,345'],
])('%s with %s places reads %s', (value, places, words) => {
  expect(digits(value, places)).toBe(words)
})

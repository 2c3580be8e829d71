import { expect, it } from 'vitest'
import { parts } from './search'

it.each([
  ['气象站 A01', 'a0', ['气象站 ', 'A0', '1']],
  ['农业-1125-05', '1125', ['农业-', '1125', '-05']],
  ['陈敏', '张', ['陈敏', '', '']],
  ['陈敏', '', ['陈敏', '', '']],
])('%s holds %s', (text, q, found) => {
  expect(parts(text, q)).toEqual(found)
})

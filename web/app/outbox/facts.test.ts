import { expect, it } from 'vitest'
import { labelOf, read, shown } from './facts'

it.each([
  ['18.5', 14, 18.5],
  ['1,200', 14, 1200],
  ['十八亩', 14, '十八亩'],
  ['', 14, null],
  [' 迎丰村 ', '', '迎丰村'],
  ['18', 'x', '18'],
  ['false', true, false],
  ['{}', { a: 1 }, { a: 1 }],
  ['words', null, 'words'],
])('%j typed where %j stood means %j', (words, before, after) => {
  expect(read(words, before)).toEqual(after)
})

it('names a fact as the pack does, and by its code without one', () => {
  const forms = [{ code: 'people.change_household', facts: { size_mu: '耕地' } }]
  expect(labelOf({ forms } as never, 'people.change_household', 'size_mu')).toBe('耕地')
  expect(labelOf(null, 'people.change_household', 'size_mu')).toBe('size_mu')
})

it('an empty value is a dash', () => {
  expect([shown(null), shown(''), shown(0), shown(false)]).toEqual(['—', '—', '0', 'false'])
})

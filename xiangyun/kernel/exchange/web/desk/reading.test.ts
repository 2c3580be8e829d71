import { describe, expect, it } from 'vitest'
import type { ImportWhole, SeenSheet } from '../api'
import { columnsOf, doubled, guessed, isSame, letters, missing, readingOf } from './reading'

const SHEET: SeenSheet = {
  index: 1,
  name: '一组',
  is_hidden: false,
  rows: 2,
  header: {
    first_row: 2,
    last_row: 2,
    is_remembered: false,
    columns: [
      { index: 0, title: '户号', column: 'number', score: 1 },
      { index: 1, title: '家住哪里', column: 'address', score: 0.7 },
      { index: 2, title: '备注', column: null, score: 0 },
    ],
  },
  lines: [
    ['富强村花名册', null, null],
    ['户号', '家住哪里', '备注'],
    [1, '三组', null],
    [2, ' ', null],
  ],
  merged: [],
  notes: [],
}
const WHOLE = { sheets: [SHEET], sheet: null, first_row: null, last_row: null, mapping: {} } as never

it.each([
  [0, 'A'],
  [25, 'Z'],
  [26, 'AA'],
  [701, 'ZZ'],
  [702, 'AAA'],
])('column %i is called %s', (index, letter) => {
  expect(letters(index)).toBe(letter)
})

describe('the reading of a sheet', () => {
  it('is what the header suggests until somebody says otherwise', () => {
    expect(readingOf(WHOLE)).toEqual({
      sheet: 1,
      first_row: 2,
      last_row: 2,
      mapping: { 0: 'number', 1: 'address' },
    })
    const chosen = { sheet: 1, first_row: 1, last_row: 2, mapping: { 2: 'number' } }
    expect(readingOf({ ...(WHOLE as ImportWhole), ...chosen })).toEqual(chosen)
  })

  it('shows each column with its samples and says which guess to look at', () => {
    const columns = columnsOf(SHEET, guessed(SHEET))
    expect(columns.map(({ letter, title, samples, isUnsure }) => [letter, title, samples, isUnsure])).toEqual(
      [
        ['A', '户号', ['1', '2'], false],
        ['B', '家住哪里', ['三组'], true],
        ['C', '备注', [], false],
      ],
    )
  })

  it('takes the titles from the rows a clerk names as the header', () => {
    const columns = columnsOf(SHEET, { ...guessed(SHEET), first_row: 1, last_row: 2 })
    expect(columns.map(({ title }) => title)).toEqual(['富强村花名册 户号', '家住哪里', '备注'])
  })

  it('names what is given twice and what is not given at all', () => {
    const twice = { ...guessed(SHEET), mapping: { 0: 'address', 1: 'address' } }
    expect([...doubled(twice)]).toEqual(['address'])
    const asked = [
      { code: 'number', title: '户号', is_required: true },
      { code: 'address', title: '住址', is_required: true },
      { code: 'note', title: '备注', is_required: false },
    ]
    expect(missing(asked, twice).map(({ code }) => code)).toEqual(['number'])
    expect(missing(asked, guessed(SHEET))).toEqual([])
  })

  it('is the same when it would bring in the same', () => {
    const one = guessed(SHEET)
    expect(isSame(one, { ...one, mapping: { 1: 'address', 0: 'number' } })).toBe(true)
    expect(isSame(one, { ...one, mapping: { 0: 'number' } })).toBe(false)
    expect(isSame(one, { ...one, first_row: 1 })).toBe(false)
  })
})

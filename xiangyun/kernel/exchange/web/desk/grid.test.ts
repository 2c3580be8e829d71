import { describe, expect, it } from 'vitest'
import type { FormWhole, Shape } from '../api'
import { drawn, factAt, withFact, withList, type GridCell } from './grid'

const SHEET = {
  lines: [
    ['住户登记表', null],
    ['户数', null],
    [1, null],
  ],
  merged: [[1, 1, 1, 2]],
} as Pick<FormWhole, 'lines' | 'merged'>
const ROLL = { roll: 'homes', first_row: 3, last_row: 4, columns: { A: '#' } }
const EMPTY: Shape = { title: '表', cells: [], lists: [] }
const at = (name: string) =>
  drawn(SHEET)
    .flat()
    .find((cell) => cell.name === name) as GridCell

describe('the grid of a form', () => {
  it('draws a merged cell once, over all it covers', () => {
    const rows = drawn(SHEET)
    expect(rows.map((row) => row.map(({ name }) => name))).toEqual([
      ['A1'],
      ['A2', 'B2'],
      ['A3', 'B3'],
      ['A4', 'B4'],
    ])
    expect([rows[0]?.[0]?.across, rows[0]?.[0]?.down, rows[2]?.[0]?.text]).toEqual([2, 1, '1'])
  })

  it('draws the lines of a list below what is written, but not without end', () => {
    const to = (last_row: number) => drawn(SHEET, [{ ...ROLL, last_row }]).length
    expect([to(4), to(6), to(1000)]).toEqual([4, 6, 23])
    expect(drawn({ lines: [], merged: [] })).toEqual([])
  })

  it('keeps one fact a cell and lets it go again', () => {
    const one = withFact(withFact(EMPTY, at('B2'), 'people'), at('B2'), 'homes')
    expect(one.cells).toEqual([{ cell: 'B2', fact: 'homes' }])
    expect(factAt(one, at('B2'))).toBe('homes')
    expect(withFact(one, at('B2'), '').cells).toEqual([])
  })

  it('gives a column of a list its fact, in every line of it', () => {
    const listed = withList(EMPTY, null, ROLL)
    const one = withFact(listed, at('B3'), 'address')
    expect(one.lists).toEqual([{ ...ROLL, columns: { A: '#', B: 'address' } }])
    expect([factAt(one, at('A3')), factAt(one, { ...at('B3'), name: 'B4', row: 4 })]).toEqual([
      '#',
      'address',
    ])
  })

  it('takes the cells under a list away, and the list itself when asked', () => {
    const one = withList(withFact(EMPTY, at('B3'), 'homes'), null, ROLL)
    expect([one.cells, one.lists]).toEqual([[], [ROLL]])
    expect(withList(one, one.lists[0] ?? null, null).lists).toEqual([])
  })
})

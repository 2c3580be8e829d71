import { describe, expect, it } from 'vitest'
import { behind, rowsAt, squaresOf, type Heat } from './figures'

describe('a number', () => {
  it('opens the matters it counts', () => {
    expect(behind('/api/figures/grid.open_reports/rows?area=15.08.02.100.201')).toEqual({
      path: '/figures/grid.open_reports',
      query: { area: '15.08.02.100.201' },
    })
  })

  it('opens the homes it counts', () => {
    expect(behind('/api/people/households?area=15.08.02.100&due=false')).toEqual({
      path: '/homes',
      query: { area: '15.08.02.100', due: 'false' },
    })
  })

  it('opens nothing where its rows are not for the reader', () => {
    expect(behind(null)).toBeUndefined()
  })

  it('has rows on the wall where a figure has some', () => {
    expect(rowsAt('/api/figures/grid.open_reports/rows?area=15.08.02.100.201')).toEqual({
      code: 'grid.open_reports',
      area: '15.08.02.100.201',
    })
    expect(rowsAt('/api/people/households?area=15.08.02.100&due=false')).toBeNull()
    expect(rowsAt(null)).toBeNull()
  })
})

it('draws the fullest square strongest', () => {
  const cells: Heat['cells'] = [
    { cell: '1,1', at: [107.1, 40.8], n: 4, still_open: 1 },
    { cell: '2,1', at: [107.2, 40.8], n: 1, still_open: 0 },
  ]
  const heat = { as_of: '', days: 90, side: 0.01, unplaced: 0, cells }
  const told = squaresOf(heat, (n, open) => `${n}/${open}`)
  expect(told.map(({ id, depth, title }) => [id, depth, title])).toEqual([
    ['1,1', 1, '4/1'],
    ['2,1', 0.25, '1/0'],
  ])
})

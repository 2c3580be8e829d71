import { describe, expect, it } from 'vitest'
import { behind } from './figures'

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
})

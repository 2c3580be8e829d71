import { describe, expect, it } from 'vitest'
import { halfOf, overlapped, polygon, type Corner, type Grid } from './grids'

const SQUARE: Corner[] = [
  [107.2, 40.8],
  [107.24, 40.8],
  [107.24, 40.84],
  [107.2, 40.84],
]
const moved = (by: number): Corner[] => SQUARE.map(([lon, lat]) => [lon + by, lat])
const grid = (path: string, ring: Corner[], source = 'drawn', source_name = ''): Grid =>
  ({ path, name: path, outline: { geometry: polygon(ring), source, source_name } }) as unknown as Grid

describe('what an outline lies over', () => {
  it('is neither a neighbour along a shared border nor one without an outline', () => {
    const bare = { path: 'b', name: 'b', outline: null } as unknown as Grid
    expect(overlapped(SQUARE, [grid('a', moved(0.04)), grid('c', moved(0.1)), bare])).toEqual([])
  })

  it('is one that it crosses, holds or lies in', () => {
    const small = SQUARE.map(([lon, lat]): Corner => [107.21 + (lon - 107.2) / 4, 40.81 + (lat - 40.8) / 4])
    const found = overlapped(SQUARE, [grid('crossed', moved(0.01)), grid('held', small)])
    expect(found.map(({ path }) => path)).toEqual(['crossed', 'held'])
    expect(overlapped(small, [grid('around', SQUARE)])).toHaveLength(1)
  })

  it('is nothing before it has three corners', () => {
    expect(overlapped(SQUARE.slice(0, 2), [grid('a', SQUARE)])).toEqual([])
  })
})

describe('the other half of a split', () => {
  it('came of the same grid', () => {
    const [one, half] = [grid('1', SQUARE, 'split', '老网格'), grid('2', SQUARE, 'split', '老网格')]
    expect(halfOf(one, [grid('3', SQUARE, 'split', '别的'), half])).toBe(half)
    expect(halfOf(grid('4', SQUARE), [one, half])).toBeUndefined()
  })
})

/** Grids on the wire: outlines, who works there, a split before it is done, a join. */
import { get, post, type Out, type Page } from '@shared/api/client'
import { centre, contains } from '@shared/map/plane'

export type Grid = Out<'GridOut'>
export type Worker = Out<'AccountOut'>
export type Preview = Out<'SplitPreviewOut'>
export type Corner = [number, number]
export type Act = 'draw' | 'split' | 'join' | 'hand_over'

const at = (path: string) => ({ path: { path } })
export const listGrids = (area: string) => get<Page<Grid>>('/api/grids', { query: { area, limit: 200 } })
export const putOutline = (path: string, body: object) => post('/api/areas/{path}/outline', body, at(path))
export const previewSplit = (path: string, line: Corner[]) =>
  post<Preview>('/api/grids/{path}/split/preview', { line }, at(path))
export const splitGrid = (path: string, body: object) =>
  post<{ items: Grid[] }>('/api/grids/{path}/split', body, at(path))
export const joinGrids = (path: string, body: object) =>
  post<{ items: Grid[] }>('/api/grids/{path}/join', body, at(path))
export const handOver = (path: string, body: object) =>
  post<{ items: Grid[] }>('/api/grids/{path}/hand_over', body, at(path))
export const listWorkers = (area: string) =>
  get<Page<Worker>>('/api/accounts', { query: { area, role: 'grid_worker', state: 'active', limit: 200 } })

/** The other half of what was one grid, where a grid came of a split. */
export const halfOf = ({ outline, path }: Grid, others: readonly Grid[]): Grid | undefined =>
  outline?.source === 'split'
    ? others.find(
        (one) =>
          one.path !== path &&
          one.outline?.source === 'split' &&
          one.outline.source_name === outline.source_name,
      )
    : undefined

/** The corners of a drawn grid, the first not said again. */
export const cornersOf = (grid: Grid): Corner[] =>
  ((grid.outline?.geometry.coordinates as Corner[][] | undefined)?.[0] ?? []).slice(0, -1)
const side = (a: Corner, b: Corner, c: Corner) =>
  (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
const edges = (ring: readonly Corner[]) =>
  ring.map((corner, n) => [corner, ring[(n + 1) % ring.length] as Corner] as const)
/** Other grids that a drawn outline lies over; along a border they share it does not. */
export function overlapped(ring: readonly Corner[], others: readonly Grid[]): Grid[] {
  if (ring.length < 3) return []
  return others.filter((other) => {
    const theirs = cornersOf(other)
    if (theirs.length < 3) return false
    const isCrossed = edges(ring).some(([a, b]) =>
      edges(theirs).some(([c, d]) => side(a, b, c) * side(a, b, d) < 0 && side(c, d, a) * side(c, d, b) < 0),
    )
    return isCrossed || contains(theirs, centre(ring)) || contains(ring, centre(theirs))
  })
}
export const polygon = (corners: Corner[]) => ({
  type: 'Polygon',
  coordinates: [corners.length ? [...corners, corners[0]] : []],
})

/** The grid's figures on the wire, and the page that shows the rows behind a number. */
import { get, type Out } from '@shared/api/client'
import type { RouteLocationRaw } from 'vue-router'

export type Figures = Out<'GridFiguresOut'>
export type FiguresPlace = Out<'GridPlaceOut'>

export const getFigures = (area?: string) => get<Figures>('/api/grid/figures', { query: { area } })

export type Heat = Out<'HeatOut'>
export const getHeat = (days: number, area?: string) => get<Heat>('/api/grid/heat', { query: { days, area } })

const ROWS = /^\/api\/figures\/([^/]+)\/rows$/

/** Of which figure and place the rows are, where a figure has rows. */
export function rowsAt(url: string | null | undefined): { code: string; area: string } | null {
  const [path = '', query = ''] = (url ?? '').split('?')
  const code = ROWS.exec(path)?.[1]
  return code ? { code, area: new URLSearchParams(query).get('area') ?? '' } : null
}

/** Squares of a heat map: the fuller, the stronger. */
export function squaresOf(heat: Heat | undefined, title: (n: number, open: number) => string) {
  const found = heat?.cells ?? []
  const most = Math.max(1, ...found.map(({ n }) => n))
  return found.map((one) => ({
    id: one.cell,
    at: one.at as [number, number],
    n: one.n,
    depth: one.n / most,
    title: title(one.n, one.still_open),
  }))
}

export function behind(url: string | null | undefined): RouteLocationRaw | undefined {
  if (!url) return undefined
  const [path = '', query = ''] = url.split('?')
  const code = ROWS.exec(path)?.[1]
  return {
    path: code ? `/figures/${code}` : '/homes',
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

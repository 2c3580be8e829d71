/** The grid's figures on the wire, and the page that shows the rows behind a number. */
import { get, type Out } from '@shared/api/client'
import type { RouteLocationRaw } from 'vue-router'

export type Figures = Out<'GridFiguresOut'>
export type FiguresPlace = Out<'GridPlaceOut'>

export const getFigures = (area?: string) => get<Figures>('/api/grid/figures', { query: { area } })

export type Heat = Out<'HeatOut'>
export const getHeat = (days: number, area?: string) => get<Heat>('/api/grid/heat', { query: { days, area } })

const ROWS = /^\/api\/figures\/([^/]+)\/rows$/

export function behind(url: string | null | undefined): RouteLocationRaw | undefined {
  if (!url) return undefined
  const [path = '', query = ''] = url.split('?')
  const code = ROWS.exec(path)?.[1]
  return {
    path: code ? `/figures/${code}` : '/homes',
    query: Object.fromEntries(new URLSearchParams(query)),
  }
}

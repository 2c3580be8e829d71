/** The tree of places on the wire. */
import { get, type Out, type Page } from '@shared/api/client'

export type Area = Out<'AreaOut'>

export const listAreas = (query: Record<string, string | number | undefined>) =>
  get<Page<Area>>('/api/areas', { query })
export const getArea = (path: string) => get<Area>('/api/areas/{path}', { path: { path } })

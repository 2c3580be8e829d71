/** The tree of places on the wire. */
import { get, type Page } from '@shared/api/client'

export interface Area {
  path: string
  code: string
  name: string
  full_name: string
  level: string
  kind: string
  parent: string
  valid_from: string
  valid_until: string | null
  point: [number, number] | null
  is_schematic: boolean
  is_run_here: boolean
  children: number | null
}

export const listAreas = (query: Record<string, string | number | undefined>) =>
  get<Page<Area>>('/api/areas', { query: { limit: 200, ...query } })
export const getArea = (path: string) => get<Area>('/api/areas/{path}', { path: { path } })

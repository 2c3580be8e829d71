/** The audit on the wire. */
import { get, type Page } from '@shared/api/client'

export interface Entry {
  id: number
  at: string
  act: string
  by: { kind: 'person' | 'machine' | 'system'; id: string | null; account: string; name: string }
  object: { kind: string; id: string }
  area: string
  detail: Record<string, unknown>
  seq: number | null
}

export interface Verdict {
  town: string
  is_good: boolean
  says: string
  sealed: number
  unsealed: number
  oldest_unsealed_at: string | null
  head: string | null
}

export const listEntries = (query: Record<string, string | number | undefined>) =>
  get<Page<Entry>>('/api/audit', { query })
export const verify = () => get<Verdict>('/api/audit/verify')

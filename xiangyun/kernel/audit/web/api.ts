/** The audit on the wire. */
import { get, type Out, type Page } from '@shared/api/client'

export type Entry = Out<'EntryOut'>

export type Verdict = Out<'VerdictOut'>

export const listEntries = (query: Record<string, string | number | undefined>) =>
  get<Page<Entry>>('/api/audit', { query })
export const verify = () => get<Verdict>('/api/audit/verify')

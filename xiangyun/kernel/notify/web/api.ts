/** The inbox on the wire. */
import { get, post, type Page } from '@shared/api/client'

export interface Notice {
  id: string
  code: string
  text: string
  subject: { kind: string; id: string } | null
  area: string
  created_at: string
  seen_at: string | null
}

export const listNotices = (query: { unseen?: boolean; limit?: number; cursor?: string | null } = {}) =>
  get<Page<Notice>>('/api/notices', { query })
export const seeNotice = (id: string) => post<Notice>('/api/notices/{id}/seen', {}, { path: { id } })

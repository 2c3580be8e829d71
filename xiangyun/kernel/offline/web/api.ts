/** Phones without signal, seen from the office, on the wire. */
import { get, opId, post, type Out, type Page } from '@shared/api/client'

export type Phone = Out<'PhoneOut'>
export type Conflict = Out<'ConflictOut'>
export type Judged = Out<'JudgedOut'>
export type Side = 'mine' | 'theirs'
export type PhoneState = 'any' | 'holding' | 'revoked'
export type ConflictState = Conflict['state']

interface Paging {
  limit: number
  cursor?: string | undefined
}

export const listPhones = (query: Paging & { state: PhoneState }) =>
  get<Page<Phone>>('/api/offline/phones', { query: { ...query } })
export const revokePhone = (id: string) =>
  post<Phone>('/api/offline/phones/{phone_id}/revoke', {}, { path: { phone_id: id } })

export const listConflicts = (query: Paging & { state: ConflictState }) =>
  get<Page<Conflict>>('/api/offline/conflicts', { query: { ...query } })
export const decideConflict = (id: string, choice: Side, note: string) =>
  post<Conflict>(
    '/api/offline/conflicts/{conflict_id}/decide',
    { choice, note, op_id: opId() },
    { path: { conflict_id: id } },
  )

export const listQuarantine = (query: Paging) =>
  get<Page<Judged>>('/api/offline/quarantine', { query: { ...query } })
export const acceptItem = (id: string) =>
  post<Judged>('/api/offline/quarantine/{item_id}/accept', { op_id: opId() }, { path: { item_id: id } })
export const putItemAside = (id: string, reason: string) =>
  post<Judged>(
    '/api/offline/quarantine/{item_id}/put_aside',
    { reason, op_id: opId() },
    { path: { item_id: id } },
  )

export const fileUrl = (id: string): string => '/api/files/{file_id}'.replace('{file_id}', id)
export const thumbnailUrl = (id: string): string => '/api/files/{file_id}/thumbnail'.replace('{file_id}', id)

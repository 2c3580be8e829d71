/** People who can sign in, their posts, slips, sessions and keys on the wire. */
import { get, opId, post, remove, type Page } from '@shared/api/client'

export interface Post {
  id: string
  role: string
  area: string
  area_name: string
  duty_phone: string
  starts_at: string
  ends_at: string | null
}

export type Move =
  'print_slip' | 'revoke_phones' | 'reset_password' | 'give_post' | 'end_post' | 'close_account'

export interface Account {
  id: string
  account: string
  name: string
  state: 'active' | 'closed'
  area: string
  area_name: string
  duty_phone: string
  posts: Post[]
  past_posts: Post[]
  phones: number
  created_at: string
  closed_at: string | null
  may: Move[]
}

export interface Slip {
  name: string
  ticket: string
  url: string
  expires_at: string
}

export interface OwnSession {
  id: string
  kind: 'password' | 'ticket'
  device_label: string
  address: string
  created_at: string
  seen_at: string
  ends_at: string
  is_this: boolean
}

export interface Key {
  id: string
  name: string
  hint: string
  abilities: string[]
  area: string
  area_name: string
  state: 'working' | 'ended' | 'revoked'
  created_at: string
  used_at: string | null
  ends_at: string | null
  revoked_at: string | null
}

export interface NewPost {
  role: string
  area: string
  duty_phone: string
}

const of = (id: string) => ({ path: { id } })

export const listAccounts = (query: Record<string, string | number | undefined>) =>
  get<Page<Account>>('/api/accounts', { query })
export const getAccount = (id: string) => get<Account>('/api/accounts/{id}', of(id))
export const addAccount = (person: NewPost & { name: string; op_id: string }) =>
  post<Account & { welcome_url: string | null }>('/api/accounts', person)
export const resetPassword = (id: string) =>
  post<{ welcome_url: string }>('/api/accounts/{id}/reset_password', { op_id: opId() }, of(id))
export const closeAccount = (id: string) =>
  post<Account>('/api/accounts/{id}/close', { op_id: opId() }, of(id))
export const givePost = (id: string, given: NewPost) =>
  post<Account>('/api/accounts/{id}/posts', { ...given, op_id: opId() }, of(id))
export const endPost = (id: string) => post<Account>('/api/posts/{id}/end', { op_id: opId() }, of(id))
export const printSlip = (id: string) => post<Slip>('/api/accounts/{id}/slip', { op_id: opId() }, of(id))
export const revokePhones = (id: string) =>
  post<{ revoked: number }>('/api/accounts/{id}/revoke_phones', { op_id: opId() }, of(id))

export const listSessions = () => get<Page<OwnSession>>('/api/sessions')
export const endSession = (id: string) => remove('/api/sessions/{id}', of(id))
export const endAllSessions = () => remove('/api/sessions')
export const changePassword = (old: string, fresh: string) =>
  post<undefined>('/api/session/password', { old, new: fresh, op_id: opId() })

export const listKeys = () => get<Page<Key>>('/api/keys')
export const addKey = (key: {
  name: string
  abilities: string[]
  area: string
  ends_at: string | null
  op_id: string
}) => post<Key & { key: string | null }>('/api/keys', key)
export const revokeKey = (id: string) => post<Key>('/api/keys/{id}/revoke', { op_id: opId() }, of(id))

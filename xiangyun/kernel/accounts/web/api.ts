/** People who can sign in, their posts, slips, sessions and keys on the wire. */
import { get, opId, post, remove, type Out, type Page } from '@shared/api/client'
import type { KeyOptions, MadeKey, SignedKey } from '@shared/session/passkey'

export type Post = Out<'PostOut'>

export type Move =
  | 'print_slip'
  | 'revoke_phones'
  | 'end_session'
  | 'reset_password'
  | 'reset_factor'
  | 'give_post'
  | 'end_post'
  | 'close_account'

export interface Account extends Out<'AccountOut'> {
  may: Move[]
}

export type Slip = Out<'SlipOut'>

export type OwnSession = Out<'OwnSession'>

export type Key = Out<'KeyOut'>

export interface NewPost {
  role: string
  area: string
  duty_phone: string
}

const of = (id: string) => ({ path: { account_id: id } })

export const listAccounts = (query: Record<string, string | number | undefined>) =>
  get<Page<Account>>('/api/accounts', { query })
export const getAccount = (id: string) => get<Account>('/api/accounts/{account_id}', of(id))
export const addAccount = (person: NewPost & { name: string; op_id: string }) =>
  post<Account & { welcome_url: string | null }>('/api/accounts', person)
export const resetPassword = (id: string) =>
  post<{ welcome_url: string }>('/api/accounts/{account_id}/reset_password', { op_id: opId() }, of(id))
export const closeAccount = (id: string) =>
  post<Account>('/api/accounts/{account_id}/close', { op_id: opId() }, of(id))
export const givePost = (id: string, given: NewPost) =>
  post<Account>('/api/accounts/{account_id}/posts', { ...given, op_id: opId() }, of(id))
export const endPost = (id: string) =>
  post<Account>('/api/posts/{post_id}/end', { op_id: opId() }, { path: { post_id: id } })
export const printSlip = (id: string) =>
  post<Slip>('/api/accounts/{account_id}/slip', { op_id: opId() }, of(id))
export const revokePhones = (id: string) =>
  post<{ revoked: number }>('/api/accounts/{account_id}/revoke_phones', { op_id: opId() }, of(id))

export const listSessions = () => get<Page<OwnSession>>('/api/sessions')
export const endSession = (id: string) => remove('/api/sessions/{session_id}', { path: { session_id: id } })
export const endAllSessions = () => remove('/api/sessions')
export const endOtherSessions = () => remove('/api/sessions', { query: { but_here: true } })
export const listSessionsOf = (id: string) =>
  get<Page<OwnSession>>('/api/accounts/{account_id}/sessions', of(id))
export const endSessionOf = (id: string, session: string) =>
  remove('/api/accounts/{account_id}/sessions/{session_id}', {
    path: { account_id: id, session_id: session },
  })
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
export const revokeKey = (id: string) =>
  post<Key>('/api/keys/{key_id}/revoke', { op_id: opId() }, { path: { key_id: id } })

export const beginFactor = () => post<Out<'FactorOut'>>('/api/session/factor', { op_id: opId() })
export const confirmFactor = (code: string) =>
  post<Out<'RecoveryCodesOut'>>('/api/session/factor/confirm', { code })
/** A second factor as somebody shows it: a code typed, or what a security key signed. */
export type Shown = { code: string } | { key: SignedKey }
export type Factors = Out<'FactorsOut'>
export const getFactors = () => get<Factors>('/api/session/factor')
export const askFactor = () => post<{ options: KeyOptions }>('/api/session/factor/ask', { op_id: opId() })
export const showFactor = (shown: Shown) => post<Out<'SessionOut'>>('/api/session/factor/show', shown)
export const dropFactor = (shown: Shown) => post('/api/session/factor/drop', shown)
export const renewCodes = () => post<Out<'RecoveryCodesOut'>>('/api/session/factor/codes', { op_id: opId() })
export const beginSecurityKey = () =>
  post<{ options: KeyOptions }>('/api/session/keys/begin', { op_id: opId() })
export const addSecurityKey = (name: string, key: MadeKey) =>
  post<Out<'AddedSecurityKey'>>('/api/session/keys', { name, key, op_id: opId() })
export const dropSecurityKey = (id: string) =>
  post('/api/session/keys/{security_key_id}/drop', { op_id: opId() }, { path: { security_key_id: id } })
export const resetFactor = (id: string) =>
  post('/api/accounts/{account_id}/reset_factor', { op_id: opId() }, of(id))

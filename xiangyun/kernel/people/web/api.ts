/** The register on the wire. */
import { get, opId, post, type Out, type Page } from '@shared/api/client'

export type OwnPerson = Out<'OwnPersonOut'>
export type OwnRecord = Out<'OwnRecordOut'>
export type Look = Out<'LookOut'>
export type Notice = Out<'PurposeOut'>
export type Consent = Out<'ConsentOut'>
export type Asked = Out<'RequestOut'>
export type AskKind = Asked['kind']

export const listOwn = () => get<OwnPerson[]>('/api/people/me')
export const getOwn = (resident_id: string) =>
  get<OwnRecord>('/api/people/me/{resident_id}', { path: { resident_id } })
export const listLooks = (resident_id: string, paging: Record<string, string | number | undefined>) =>
  get<Page<Look>>('/api/people/me/{resident_id}/looks', { path: { resident_id }, query: paging })
export const listNotices = () => get<Notice[]>('/api/people/notices')
export const listOwnConsents = (resident_id: string) =>
  get<Consent[]>('/api/people/me/{resident_id}/consents', { path: { resident_id } })
export const giveOwnConsent = (resident_id: string, notice: Notice) =>
  post<Consent>(
    '/api/people/me/{resident_id}/consents',
    { purpose: notice.purpose, notice_version: notice.version, op_id: opId() },
    { path: { resident_id } },
  )
export const withdrawOwnConsent = (resident_id: string, consent_id: string) =>
  post<Consent>(
    '/api/people/me/{resident_id}/consents/{consent_id}/withdraw',
    {},
    { path: { resident_id, consent_id } },
  )
export const listOwnRequests = (resident_id: string) =>
  get<Asked[]>('/api/people/me/{resident_id}/requests', { path: { resident_id } })
export const askForOwn = (resident_id: string, kind: AskKind, text: string) =>
  post<Asked>(
    '/api/people/me/{resident_id}/requests',
    { kind, text, op_id: opId() },
    { path: { resident_id } },
  )

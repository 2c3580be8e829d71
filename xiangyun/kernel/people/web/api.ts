/** The register on the wire. */
import { get, opId, patch, post, put, remove, type Out, type Page } from '@shared/api/client'

export type OwnPerson = Out<'OwnPersonOut'>
export type OwnRecord = Out<'OwnRecordOut'>
export type Look = Out<'LookOut'>
export type Notice = Out<'PurposeOut'>
export type Consent = Out<'ConsentOut'>
export type Asked = Out<'RequestOut'>
export type AskKind = Asked['kind']
export type CodeList = Out<'CodeListOut'>
export type HomeRow = Out<'HomeRowOut'>
export type Home = Out<'HouseholdOut'>
export type Member = Out<'MemberOut'>
export type Plot = Out<'PlotOut'>
export type FactSource = Out<'FactSourceOut'>
export type Change = Out<'ChangeOut'>
export type Resident = Out<'ResidentOut'>
export type CareMark = Out<'CareMarkOut'>
export type Merge = Out<'MergeOut'>
export type MergeKind = Merge['kind']
export type Compared = Out<'CompareOut'>
export type Duplicate = Out<'DuplicateOut'>
export type Found = Out<'PersonFoundOut'>
export type PersonRow = Out<'PersonRowOut'>
export type Revealed = Out<'RevealOut'>
export type Opener = Out<'OwnRecordRowOut'>
export type Tally = Out<'TallyOut'>

type Paging = Record<string, string | number | boolean | undefined>
/** What a form sends: its facts, where they come from, and an id so that the same form counts once. */
export type Body = Record<string, unknown>

export const listOwn = () => get<OwnPerson[]>('/api/people/me')
export const getOwn = (resident_id: string) =>
  get<OwnRecord>('/api/people/me/{resident_id}', { path: { resident_id } })
export const listLooks = (resident_id: string, paging: Paging) =>
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

export const listCodes = () => get<CodeList[]>('/api/people/codes')
export const searchPeople = (q: string, limit = 20) =>
  post<{ items: Found[]; more: boolean }>('/api/people/search', { q, limit })

export const listHomes = (query: Paging) => get<Page<HomeRow>>('/api/people/households', { query })
export const getHome = (household_id: string, on?: string) =>
  get<Home>('/api/people/households/{household_id}', { path: { household_id }, query: { on } })
export const homeHistory = (household_id: string, paging: Paging) =>
  get<Page<Change>>('/api/people/households/{household_id}/history', {
    path: { household_id },
    query: paging,
  })
export const addHome = (body: Body) => post<Home>('/api/people/households', body)
export const changeHome = (household_id: string, body: Body) =>
  patch<Home>('/api/people/households/{household_id}', body, { path: { household_id } })
/** `members`, `head`, `check`, `close`, `split`, `plots`: what is done to a home, each with its own body. */
export const doAtHome = (household_id: string, act: HomeAct, body: Body) =>
  post<{ id: string }>('/api/people/households/{household_id}/{act}', body, { path: { household_id, act } })
export type HomeAct = 'members' | 'head' | 'check' | 'close' | 'split' | 'plots'
export const changePlot = (plot_id: string, body: Body) =>
  patch<Plot>('/api/people/plots/{plot_id}', body, { path: { plot_id } })
export const closePlot = (plot_id: string, body: Body) =>
  post<Plot>('/api/people/plots/{plot_id}/close', body, { path: { plot_id } })
export const sayIncome = (household_id: string, year: number, body: Body) =>
  put('/api/people/households/{household_id}/incomes/{year}', body, { path: { household_id, year } })
export const revealOfHome = (household_id: string, field: string, reason: string) =>
  post<Revealed>(
    '/api/people/households/{household_id}/reveal',
    { field, reason },
    { path: { household_id } },
  )

export const getResident = (resident_id: string) =>
  get<Resident>('/api/people/residents/{resident_id}', { path: { resident_id } })
export const residentHistory = (resident_id: string, paging: Paging) =>
  get<Page<Change>>('/api/people/residents/{resident_id}/history', { path: { resident_id }, query: paging })
export const changeResident = (resident_id: string, body: Body) =>
  patch<Resident>('/api/people/residents/{resident_id}', body, { path: { resident_id } })
/** `death`, `move`, `marks`, `consents`, `requests`, `own_records`: what is done to a person. */
export const doToResident = (resident_id: string, act: ResidentAct, body: Body) =>
  post('/api/people/residents/{resident_id}/{act}', body, { path: { resident_id, act } })
export type ResidentAct = 'death' | 'move' | 'marks' | 'consents' | 'requests' | 'own_records'
export const endMark = (mark_id: string, body: Body) =>
  post<CareMark>('/api/people/marks/{mark_id}/end', body, { path: { mark_id } })
export const revealOfResident = (resident_id: string, field: string, reason: string) =>
  post<Revealed>('/api/people/residents/{resident_id}/reveal', { field, reason }, { path: { resident_id } })
export const revealOfMark = (mark_id: string, field: string, reason: string) =>
  post<Revealed>('/api/people/marks/{mark_id}/reveal', { field, reason }, { path: { mark_id } })
export const looksOf = (resident_id: string, paging: Paging) =>
  get<Page<Look>>('/api/people/residents/{resident_id}/looks', { path: { resident_id }, query: paging })
export const listConsents = (resident_id: string) =>
  get<Consent[]>('/api/people/residents/{resident_id}/consents', { path: { resident_id } })
export const withdrawConsent = (resident_id: string, consent_id: string) =>
  post<Consent>(
    '/api/people/residents/{resident_id}/consents/{consent_id}/withdraw',
    {},
    { path: { resident_id, consent_id } },
  )
/** Where the signed paper of a consent is opened: at the desk, and by the person on their phone. */
export const consentPaperUrl = (resident_id: string, consent_id: string): string =>
  '/api/people/residents/{resident_id}/consents/{consent_id}/paper'
    .replace('{resident_id}', resident_id)
    .replace('{consent_id}', consent_id)
export const ownConsentPaperUrl = (resident_id: string, consent_id: string): string =>
  '/api/people/me/{resident_id}/consents/{consent_id}/paper'
    .replace('{resident_id}', resident_id)
    .replace('{consent_id}', consent_id)
export const listOpeners = (resident_id: string) =>
  get<Opener[]>('/api/people/residents/{resident_id}/own_records', { path: { resident_id } })
export const closeOpener = (resident_id: string, record_id: string) =>
  remove('/api/people/residents/{resident_id}/own_records/{record_id}', { path: { resident_id, record_id } })

export const listRequests = (query: Paging) => get<Page<Asked>>('/api/people/requests', { query })
export const answerRequest = (request_id: string, body: Body) =>
  post<Asked>('/api/people/requests/{request_id}/answer', body, { path: { request_id } })

export const makeCopy = (request_id: string) =>
  post<Asked>('/api/people/requests/{request_id}/copy', { op_id: opId() }, { path: { request_id } })
/** Where the copy that was made for a request is taken from: at the desk, and by the person on their phone. */
export const copyUrl = (request_id: string): string =>
  '/api/people/requests/{request_id}/copy'.replace('{request_id}', request_id)
export const ownCopyUrl = (resident_id: string, request_id: string): string =>
  '/api/people/me/{resident_id}/requests/{request_id}/copy'
    .replace('{resident_id}', resident_id)
    .replace('{request_id}', request_id)

export const compare = (kind: MergeKind, a: string, b: string) =>
  post<Compared>('/api/people/merges/compare', { kind, a, b })
export const mergeRows = (body: Body) => post<Merge>('/api/people/merges', body)
export const undoMerge = (merge_id: string) =>
  post<Merge>('/api/people/merges/{merge_id}/undo', {}, { path: { merge_id } })
export const listMerges = (paging: Paging) => get<Page<Merge>>('/api/people/merges', { query: paging })
export const listDuplicates = (area?: string) =>
  get<Duplicate[]>('/api/people/duplicates', { query: { area } })

export const getTally = (area?: string) => get<Tally>('/api/people/tally', { query: { area } })
export const listCounted = (query: Paging) => get<Page<PersonRow>>('/api/people/tally/rows', { query })

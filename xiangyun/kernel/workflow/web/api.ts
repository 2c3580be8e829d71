/** Work, matters and duty on the wire. */
import { get, opId, post, type Out, type Page } from '@shared/api/client'
import type { Act } from './acts'

export type Person = Out<'PersonOut'>

export type Subject = Out<'SubjectOut'>

export type Move = 'take' | 'done' | 'false_alarm' | 'return' | 'reassign'

export interface Work extends Out<'WorkOut'> {
  state: 'open' | 'taken' | 'done'
  may: Move[]
}

export type Matter = Out<'MatterOut'>

export type Step = Out<'StepOut'>

export type WholeMatter = Out<'MatterWholeOut'>

export type MatterClock = Out<'ClockOut'>

export interface WholeWork extends Work {
  whole_matter: Matter
  history: Step[]
}

export type DutyPerson = Out<'DutyPersonOut'>

export type Shift = Out<'ShiftOut'>

export type Duty = Out<'DutyOut'>

export type InboxItem = Out<'InboxItemOut'>
export type InboxCounts = Out<'InboxCountsOut'>

export const listInbox = (query: Record<string, string | number | undefined>) =>
  get<Page<InboxItem>>('/api/inbox', { query })
export const countInbox = () => get<InboxCounts>('/api/inbox/counts')
export const listWork = (query: Record<string, string | number | boolean | undefined>) =>
  get<Page<Work>>('/api/work', { query })
export const getWork = (id: string) => get<WholeWork>('/api/work/{work_id}', { path: { work_id: id } })
const MOVES = {
  take: '/api/work/{work_id}/take',
  done: '/api/work/{work_id}/done',
  false_alarm: '/api/work/{work_id}/false_alarm',
  return: '/api/work/{work_id}/return',
} as const
export const answer = (id: string, move: Exclude<Move, 'reassign'>, note: string) =>
  post<Work>(MOVES[move], { note, op_id: opId() }, { path: { work_id: id } })
export const reassign = (id: string, account: string, note: string) =>
  post<Work>('/api/work/{work_id}/reassign', { account, note, op_id: opId() }, { path: { work_id: id } })
export const getMatter = (id: string) =>
  get<WholeMatter>('/api/matters/{matter_id}', { path: { matter_id: id } })
export const findMatters = (q: string) =>
  get<Page<Matter>>('/api/matters', { query: { q, state: 'open', limit: 8 } })
const ADDRESSES = {
  sign: '/api/matters/{matter_id}/sign',
  close: '/api/matters/{matter_id}/close',
  assign: '/api/matters/{matter_id}/assign',
  co_handle: '/api/matters/{matter_id}/co_handle',
  hand_up: '/api/matters/{matter_id}/hand_up',
  send_down: '/api/matters/{matter_id}/send_down',
  suspend: '/api/matters/{matter_id}/suspend',
  resume: '/api/matters/{matter_id}/resume',
  grant_extension: '/api/matters/{matter_id}/grant_extension',
  refuse_extension: '/api/matters/{matter_id}/refuse_extension',
  ask_extension: '/api/matters/{matter_id}/ask_extension',
  merge: '/api/matters/{matter_id}/merge',
  unmerge: '/api/matters/{matter_id}/unmerge',
  split: '/api/matters/{matter_id}/split',
  send_back: '/api/matters/{matter_id}/send_back',
  reopen: '/api/matters/{matter_id}/reopen',
  remark: '/api/matters/{matter_id}/remark',
} as const satisfies Record<Act, string>
export const actOn = (id: string, act: Act, told: Record<string, unknown>) =>
  post<WholeMatter>(ADDRESSES[act], { ...told, op_id: opId() }, { path: { matter_id: id } })
const WATCH = '/api/matters/{matter_id}/watch'
const UNWATCH = '/api/matters/{matter_id}/unwatch'
export const watchMatter = (id: string, on: boolean) =>
  post<WholeMatter>(on ? WATCH : UNWATCH, { op_id: opId() }, { path: { matter_id: id } })
export const getDuty = (area?: string) => get<Duty>('/api/duty', { query: { area } })
export const addShift = (shift: {
  account: string
  area: string
  kind: string
  rank: number
  phone: string
  starts_at: string
  ends_at: string | null
}) => post<Shift>('/api/duty', { ...shift, op_id: opId() })
export const endShift = (id: string) =>
  post<Shift>('/api/duty/{shift_id}/end', { op_id: opId() }, { path: { shift_id: id } })

/** What an alert knew; the alerts room owns it, we only show it beside the work it opened. */
export type AlertFacts = Out<'AlertOut'>
export const getAlert = (id: string) => get<AlertFacts>('/api/alerts/{alert_id}', { path: { alert_id: id } })

export type Candidate = Out<'AccountOut'>
export const listPeople = (q: string) => get<Page<Candidate>>('/api/accounts', { query: { q, limit: 8 } })
/** For choosing somebody: enough of them that villagers of the same name do not crowd colleagues out. */
export const listColleagues = (q: string) =>
  get<Page<Candidate>>('/api/accounts', { query: { q, state: 'active', limit: 50 } })

export type Route = Out<'RouteOut'>
export type RouteKind = Out<'RouteKindOut'>
export type RouteChoices = Out<'RouteChoicesOut'>
export const listRoutes = (query: Record<string, string | number | undefined>) =>
  get<Page<Route>>('/api/routes', { query })
export const listRouteChoices = () => get<RouteChoices>('/api/routes/choices')
export const setRoute = (line: Omit<Out<'RouteIn'>, 'op_id'>) =>
  post<Route>('/api/routes', { ...line, op_id: opId() })
export const endRoute = (route_id: string) =>
  post<Route>('/api/routes/{route_id}/end', { op_id: opId() }, { path: { route_id } })

export type LimitRule = Out<'DeadlineOut'>
export const listLimits = () => get<LimitRule[]>('/api/deadlines')
export const setLimit = (rule: Omit<Out<'DeadlineIn'>, 'op_id'>) =>
  post<LimitRule>('/api/deadlines', { ...rule, op_id: opId() })

export type Year = Out<'YearOut'>
export type Day = Out<'DayOut'>
export const getYear = (year: number, area?: string) =>
  get<Year>('/api/calendar/{year}', { path: { year }, query: { area } })
export const writeDay = (area: string, on: string, is_working: boolean, basis: string) =>
  post<Year>('/api/calendar', { area, days: [{ on, is_working }], basis, op_id: opId() })
export const forgetDay = (area: string, on: string) =>
  post<Year>('/api/calendar/days/forget', { area, days: [on], op_id: opId() })

export type StandIn = Out<'StandInOut'>
export type HandOverLook = Out<'HandOverLookOut'>
export const listStandIns = (query: Record<string, string | number | boolean | undefined>) =>
  get<Page<StandIn>>('/api/stand_ins', { query })
export const addStandIn = (told: Omit<Out<'StandInIn'>, 'op_id'>) =>
  post<StandIn>('/api/stand_ins', { ...told, op_id: opId() })
export const endStandIn = (stand_in_id: string) =>
  post<StandIn>('/api/stand_ins/{stand_in_id}/end', { op_id: opId() }, { path: { stand_in_id } })
export const lookAtHandOver = (account: string, to: string) =>
  post<HandOverLook>('/api/inbox/hand_over/look', { account, to })
export const handOver = (account: string, to: string, note: string) =>
  post<Out<'HandOverOut'>>('/api/inbox/hand_over', { account, to, note, op_id: opId() })

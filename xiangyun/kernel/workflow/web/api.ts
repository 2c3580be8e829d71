/** Work, matters and duty on the wire. */
import { get, opId, post, type Page } from '@shared/api/client'

export interface Person {
  account: string
  name: string
}

export interface Subject {
  kind: string
  id: string
}

export type Move = 'take' | 'done' | 'false_alarm' | 'return' | 'reassign'

export interface Work {
  id: string
  matter: string
  number: string
  kind: string
  title: string
  area: string
  area_name: string
  state: 'open' | 'taken' | 'done'
  assignee: Person | null
  due_at: string
  may: Move[]
  severity: number
  subject: Subject
  alert: string | null
  rule: string | null
  offered_at: string
  take_by_at: string | null
  taken_at: string | null
  done_at: string | null
  outcome: string | null
  note: string
  point: [number, number] | null
  is_late: boolean
  is_unaccepted: boolean
}

export interface Matter {
  id: string
  number: string
  kind: string
  kind_name: string
  title: string
  area: string
  area_name: string
  state: string
  severity: number
  opened_at: string
  due_at: string | null
  closed_at: string | null
}

export interface Step {
  id: string
  at: string
  act: string
  says: string
  by: string
  note: string
}

export interface WholeWork extends Work {
  whole_matter: Matter
  history: Step[]
}

export interface DutyPerson extends Person {
  post: string
  phone: string
  area: string
  area_name: string
}

export interface Shift extends DutyPerson {
  id: string
  kind: 'leader' | 'officer' | 'place'
  rank: number
  starts_at: string
  ends_at: string | null
  is_on: boolean
}

export interface Duty {
  area: string
  area_name: string
  leader: DutyPerson | null
  officers: DutyPerson[]
  shifts: Shift[]
  take_within_min: number
}

export const listWork = (query: Record<string, string | number | boolean | undefined>) =>
  get<Page<Work>>('/api/work', { query })
export const getWork = (id: string) => get<WholeWork>('/api/work/{id}', { path: { id } })
export const answer = (id: string, move: Exclude<Move, 'reassign'>, note: string) =>
  post<Work>('/api/work/{id}/{move}', { note, op_id: opId() }, { path: { id, move } })
export const reassign = (id: string, account: string, note: string) =>
  post<Work>('/api/work/{id}/reassign', { account, note, op_id: opId() }, { path: { id } })
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
export const endShift = (id: string) => post<Shift>('/api/duty/{id}/end', { op_id: opId() }, { path: { id } })

/** What an alert knew; the alerts room owns it, we only show it beside the work it opened. */
export interface AlertFacts {
  id: string
  reason: string | null
  event_at: string
  cleared_at: string | null
  is_late: boolean
  severity: number
  kind: 'alert' | 'tip'
}
export const getAlert = (id: string) => get<AlertFacts>('/api/alerts/{id}', { path: { id } })

export interface Candidate {
  account: string
  name: string
  state: string
}
export const listPeople = (q: string) => get<Page<Candidate>>('/api/accounts', { query: { q, limit: 8 } })

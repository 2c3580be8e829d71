/** What the list of work shows: boxes of one person, views of a place, and how a row reads and is grouped. */
import { dayOf } from '@shared/words/time'
import type { InboxItem, Work } from '../api'
import { nobodyHas } from '../useWork'

/** My own boxes; each starts at my tasks, wherever they are. */
export const BOXES = ['todo', 'doing', 'late', 'watching', 'done'] as const
export type Box = (typeof BOXES)[number]
/** What stands in my places, whoever has it. */
export const VIEWS = ['all', 'nobody', 'finished'] as const
export type View = (typeof VIEWS)[number]

export const isBox = (name: unknown): name is Box => BOXES.some((one) => one === name)
/** What the address asks for; without a word, everything in my places. */
export const wanted = (name: unknown): Box | View =>
  isBox(name) ? name : (VIEWS.find((one) => one === name) ?? 'all')

export const GROUPS = ['late', 'today', 'three_days', 'later', 'stopped', 'done'] as const
export type Group = (typeof GROUPS)[number]

/** One row: a task, or a matter I only keep an eye on. */
export interface Row {
  id: string
  /** I only watch it: there is no task of mine to open. */
  isWatched: boolean
  kind: string
  kindName: string
  title: string
  number: string
  place: string
  /** Who has it; null: nobody; empty: somebody is being asked. */
  owner: string | null
  isMine: boolean
  /** I am asked and have not answered. */
  asksMe: boolean
  /** Who is asked while nobody has it. */
  asked: string | null
  inPlaceOf: string | null
  dueAt: string | null
  openedAt: string
  pausedAt: string | null
  isDanger: boolean
  isSealed: boolean
  outcome: string | null
  isOver: boolean
  group: Group
}

const DAY = 86_400_000

/** By when it is due, as the counts of the inbox cut it: whole days of the town. */
export function groupOf(
  dueAt: string | null,
  now: number,
  { isOver = false, isStopped = false } = {},
): Group {
  if (isOver) return 'done'
  if (isStopped) return 'stopped'
  if (!dueAt) return 'later'
  const due = +new Date(dueAt)
  if (due <= now) return 'late'
  if (dayOf(due) === dayOf(now)) return 'today'
  return dayOf(due) <= dayOf(now + 3 * DAY) ? 'three_days' : 'later'
}

export function rowOfWork(work: Work, now: number, me: string | undefined): Row {
  const isAsked = work.state === 'open'
  const isMine = me !== undefined && work.assignee?.account === me
  const isNobodys = nobodyHas(work, now)
  return {
    id: work.id,
    isWatched: false,
    kind: work.kind,
    kindName: '',
    title: work.title,
    number: work.number,
    place: work.area_name,
    owner: isAsked ? (isNobodys ? null : '') : (work.assignee?.name ?? null),
    isMine: !isAsked && isMine,
    asksMe: isAsked && isMine,
    asked: isAsked ? (work.assignee?.name ?? work.role_name) : null,
    inPlaceOf: work.in_place_of?.name ?? null,
    dueAt: work.due_at,
    openedAt: work.offered_at,
    pausedAt: null,
    isDanger: work.severity === 1,
    isSealed: false,
    outcome: work.outcome,
    isOver: work.state === 'done',
    group: groupOf(work.due_at, now, { isOver: work.state === 'done' }),
  }
}

export function rowOfInbox(item: InboxItem, now: number, me: string | undefined): Row {
  const isOver = item.done_at !== null
  const stopped = item.clock?.stopped_since ?? null
  const isOffered = item.work_may.includes('take')
  return {
    id: item.id,
    isWatched: item.work === null,
    kind: item.kind,
    kindName: item.kind_name,
    title: item.title,
    number: item.number,
    place: item.area_name,
    owner: isOffered ? '' : (item.has?.name ?? null),
    isMine: !isOffered && me !== undefined && item.has?.account === me,
    asksMe: isOffered,
    asked: isOffered ? (item.role_name ?? item.has?.name ?? null) : null,
    inPlaceOf: item.in_place_of?.name ?? null,
    dueAt: item.due_at,
    openedAt: item.clock?.started_at ?? item.offered_at,
    pausedAt: isOver ? null : stopped,
    isDanger: item.severity === 1,
    isSealed: item.is_sealed,
    outcome: item.outcome,
    isOver,
    group: groupOf(item.due_at, now, { isOver, isStopped: stopped !== null }),
  }
}

/** Rows in which every word somebody looks for stands, in number, title, place or name. */
export function looked(rows: readonly Row[], q: string): Row[] {
  const words = q.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const text = [row.number, row.title, row.place, row.owner ?? '', row.kindName].join(' ').toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** Rows by group, in the order of the groups; what is empty is left out. */
export const grouped = (rows: readonly Row[]): { name: Group; rows: Row[] }[] =>
  GROUPS.map((name) => ({ name, rows: rows.filter((row) => row.group === name) })).filter(
    ({ rows: some }) => some.length,
  )

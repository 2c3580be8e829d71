/** Who came into a home, what is another of somebody, who is gone: as it is said at the door, and the items that carry it. */
import { opId } from '../api/client'
import type { Draft } from '../offline/outbox'
import type { Facts } from '../offline/protocol'

export interface Masked {
  masked: string
}

/** Somebody of a home as the register packs them. */
export interface Member {
  id: string
  version: number
  name: string | Masked | null
  relation: string
  is_head: boolean
  sex: string | null
  born_on: string | null
  id_no: Masked | null
  phone: Masked | null
  education: string | null
  marriage: string | null
  occupation: string | null
  away_since: string | null
  away_to: string | null
}

/** What a fact can be, as the register packs it. */
export interface List {
  id: string
  codes: { code: string; zh: string; en: string }[]
}

/** `name`: what the person is called on this page; it is in the facts of somebody new and nowhere else. */
export type Told =
  | { act: 'join'; id: string; name: string; facts: Facts }
  | { act: 'change'; id: string; name: string; version: number; facts: Facts; was: Facts }
  | { act: 'leave'; id: string; name: string; version: number; facts: Facts }

export type Act = Told['act']

const FORMS: Record<Act, string> = {
  join: 'people.add_resident',
  change: 'people.change_resident',
  leave: 'people.leave_home',
}
/** Relations that are the head of a home. */
export const HEADS: readonly string[] = ['01', '02']
/** Relations that most homes have, before the others of the list. */
export const USUAL: readonly string[] = ['10', '20', '30', '28', '38', '41', '42', '43', '44', '51', '52']

export const shownName = (name: string | Masked | null | undefined): string =>
  typeof name === 'object' && name ? name.masked : (name ?? '')

/** Whose home it is, as people call it: by its head, else by its number. */
export function calledAfter({ members, number }: { members: readonly Member[]; number: string }): string {
  const head = members.find(({ is_head }) => is_head) ?? members[0]
  return shownName(head?.name) || number
}

/** What has all words somewhere in what is said of it; of no words everything. */
export function matching<T>(all: readonly T[], words: string, saidOf: (one: T) => readonly string[]): T[] {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return all.filter((one) => {
    const said = saidOf(one).join(' ').toLowerCase()
    return wanted.every((word) => said.includes(word))
  })
}

export const newId = opId

/** What was told of people, one item a person. `titles` name nobody. */
export function drafts(
  home: { id: string; place: string },
  told: readonly Told[],
  titles: Record<Act, string>,
): Draft[] {
  return told.map((one) => ({
    form: FORMS[one.act],
    title: titles[one.act],
    about: [one.name, home.place].join('·'),
    subject: { kind: 'resident', id: one.id },
    base: one.act === 'join' ? null : one.version,
    facts: one.act === 'change' ? one.facts : { household: home.id, ...one.facts },
    was: one.act === 'change' ? one.was : {},
  }))
}

/** Full years on a day, both as `YYYY-MM-DD`. */
export function years(bornOn: string, day: string): number {
  return Number(day.slice(0, 4)) - Number(bornOn.slice(0, 4)) - (day.slice(5) < bornOn.slice(5) ? 1 : 0)
}

/** Why a value cannot be, as the town will judge it: a word of `shared.people.wrong`. It can be kept all the same. */
export function wrongOf(fact: string, value: string, day: string): string | null {
  if (!value) return null
  if (fact === 'born_on' || fact === 'on' || fact === 'away_since') return value > day ? 'after_today' : null
  if (fact === 'id_no') return isIdNumber(value) ? null : 'id_no'
  if (fact === 'phone') return /^\+?[\d -]{7,20}$/.test(value) ? null : 'phone'
  return null
}

const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]

/** GB 11643: seventeen digits and what they add up to. */
function isIdNumber(value: string): boolean {
  if (!/^\d{17}[\dXx]$/.test(value)) return false
  const sum = WEIGHTS.reduce((all, weight, at) => all + weight * Number(value[at]), 0)
  return '10X98765432'[sum % 11] === value.slice(-1).toUpperCase()
}

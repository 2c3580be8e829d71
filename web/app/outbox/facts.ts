/** What was written, line by line: the names of facts and their values in words, and what a person types read back. */
import type { Pack } from '@shared/offline/pack'
import type { Facts } from '@shared/offline/protocol'

export interface Option {
  code: string
  name: string
}

/** `fixed` is read only: places, homes and people by name, a point of the map. */
export type Kind = 'choice' | 'boolean' | 'day' | 'number' | 'text' | 'fixed'

export interface Line {
  /** The way to it: `head.born_on` stands in `head`. */
  path: string
  label: string
  value: unknown
  words: string
  kind: Kind
  options: Option[]
}

/** With what facts are read: the open pack, words kept with the item, the language of the page. */
export interface Reading {
  form: string
  pack: Pack | null
  shown: Record<string, string>
  isEnglish: boolean
  /** A day in words. */
  date: (day: string) => string
  /** Words of the page; null for a fact it has none for. */
  say: (key: 'yes' | 'no' | 'unnamed' | `fact.${string}`) => string | null
}

interface PackForm {
  code: string
  facts: Record<string, string>
  lists?: Record<string, string>
  choices?: Record<string, Record<string, string>>
}
interface List {
  id: string
  codes: { code: string; zh: string; en: string }[]
}
interface Home {
  id: string
  number?: string
  area?: string
  area_name?: string
  grid?: string
  grid_name?: string
  members?: { id: string; name: string | { masked: string } | null; is_head?: boolean }[]
}

const DAY = /^\d{4}-\d{2}-\d{2}$/
const ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/
const PLACE = /^\d{2}(\.\w+){2,}$/

/** Every fact as a line; what stands in another fact follows it. */
export function linesOf(facts: Facts, reading: Reading): Line[] {
  return leaves(facts).map(([path, value]) => lineOf(path, value, reading))
}

export function lineOf(path: string, value: unknown, reading: Reading): Line {
  const options = optionsOf(path, reading)
  // said in words by whoever wrote it, and no list here to choose another from
  const isSaid = reading.shown[path] !== undefined && !options.length
  const kind = isSaid ? 'fixed' : kindOf(path, value, options)
  return { path, label: labelOf(path, reading), value, words: wordsOf(path, value, reading), kind, options }
}

/** Where what is wrong can be shown; what stands nowhere can be written now, if it has a name. */
export function missing(facts: Facts, faults: readonly string[], reading: Reading): string[] {
  const there = new Set(leaves(facts).map(([path]) => path))
  const isInside = (path: string) => [...there].some((one) => one.startsWith(`${path}.`))
  return faults.filter(
    (path) => path && !there.has(path) && !isInside(path) && nameOf(last(path), reading) !== null,
  )
}

/** The name of a fact in the reader's language; its own code where nobody knows one. */
export function labelOf(path: string, reading: Reading): string {
  return path
    .split('.')
    .map((fact) => nameOf(fact, reading) ?? fact)
    .join('·')
}

/** A value as it stands in a field. */
export function written(value: unknown): string {
  return value === null || value === undefined ? '' : String(value as string)
}

/** What a field holds as the kind of value that stood there; what cannot be read so stays words, for the town to refuse. */
export function read(words: string, before: unknown): unknown {
  const plain = words.trim()
  if (typeof before === 'object' && before !== null) return before
  if (typeof before === 'boolean') return plain === 'true'
  if (plain === '') return null
  if (typeof before !== 'number') return plain
  const number = Number(plain.replaceAll('，', '').replaceAll(',', ''))
  return Number.isFinite(number) ? number : plain
}

/** The same facts with another value at a path. */
export function changed(facts: Facts, path: string, value: unknown): Facts {
  const [fact = '', ...rest] = path.split('.')
  if (!rest.length) return { ...facts, [fact]: value }
  return { ...facts, [fact]: changed((facts[fact] ?? {}) as Facts, rest.join('.'), value) }
}

/** The value at a path. */
export const at = (facts: Facts, path: string): unknown =>
  path.split('.').reduce<unknown>((found, fact) => (found as Facts | null)?.[fact], facts)

function leaves(facts: Facts, under = ''): [path: string, value: unknown][] {
  return Object.entries(facts).flatMap(([fact, value]): [string, unknown][] => {
    const path = under + fact
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return leaves(value as Facts, `${path}.`)
    // the number a phone gave to somebody new says nothing to anybody
    return under && fact === 'id' ? [] : [[path, value]]
  })
}

const last = (path: string) => path.split('.').at(-1) ?? path
const formsOf = ({ pack, form }: Reading): PackForm[] => {
  const all = (pack?.forms ?? []) as PackForm[]
  return [...all.filter(({ code }) => code === form), ...all]
}

/** As its own form says it, else as another does: a person inside a home has the facts of a person. */
function nameOf(fact: string, reading: Reading): string | null {
  const said = formsOf(reading).find(({ facts }) => facts[fact])?.facts[fact]
  return said ?? reading.say(`fact.${fact}`)
}

function optionsOf(path: string, reading: Reading): Option[] {
  const fact = last(path)
  for (const form of formsOf(reading)) {
    const few = form.choices?.[fact]
    if (few && form.code === reading.form) return Object.entries(few).map(([code, name]) => ({ code, name }))
    const list = form.lists?.[fact]
    if (list) return listed(list, reading)
  }
  return []
}

function listed(list: string, { pack, isEnglish }: Reading): Option[] {
  const codes = ((pack?.codes ?? []) as List[]).find(({ id }) => id === list)?.codes
  if (codes) return codes.map(({ code, zh, en }) => ({ code, name: isEnglish ? en : zh }))
  return (pack?.[list] as Option[] | undefined) ?? []
}

function kindOf(path: string, value: unknown, options: Option[]): Kind {
  if (typeof value === 'boolean') return 'boolean'
  if (options.length) return 'choice'
  if (typeof value === 'number') return 'number'
  const words = written(value)
  if (Array.isArray(value) || ID.test(words) || PLACE.test(words)) return 'fixed'
  const isOfDay = DAY.test(words) ? !Number.isNaN(Date.parse(words)) : words === ''
  return isOfDay && /(^|_)on$/.test(last(path)) ? 'day' : 'text'
}

function wordsOf(path: string, value: unknown, reading: Reading): string {
  if (value === null || value === undefined || value === '') return '—'
  if (typeof value === 'boolean') return reading.say(value ? 'yes' : 'no') ?? String(value)
  if (Array.isArray(value)) return value.join(', ')
  const plain = written(value)
  const option = optionsOf(path, reading).find(({ code }) => code === plain)
  if (option) return option.name
  const kept = reading.shown[path]
  if (kept) return kept
  if (ID.test(plain)) return called(plain, reading) ?? reading.say('unnamed') ?? plain
  if (PLACE.test(plain)) return placeCalled(plain, reading) ?? plain
  return DAY.test(plain) && !Number.isNaN(Date.parse(plain)) ? reading.date(plain) : plain
}

/** A home is called by its head, a person by their name. */
function called(id: string, { pack }: Reading): string | null {
  const name = (one: NonNullable<Home['members']>[number] | undefined) =>
    typeof one?.name === 'object' ? one.name?.masked : one?.name
  for (const { id: home, number, members = [] } of (pack?.households ?? []) as Home[]) {
    if (home === id) return name(members.find(({ is_head }) => is_head) ?? members[0]) ?? number ?? null
    const one = members.find((member) => member.id === id)
    if (one) return name(one) ?? null
  }
  return null
}

function placeCalled(path: string, { pack }: Reading): string | null {
  for (const home of (pack?.households ?? []) as Home[]) {
    if (home.grid === path && home.grid_name)
      return home.area_name && !home.grid_name.startsWith(home.area_name)
        ? home.area_name + home.grid_name
        : home.grid_name
    if (home.area === path && home.area_name) return home.area_name
  }
  return null
}

/** The answers of one visit for the census, however they are given: one question a page, or all in a table. */
import type { List, Told } from '@shared/people/told'
import { computed, reactive, ref, shallowRef } from 'vue'
import type { Outcome, PackHome } from './due'

const FACTS = ['address', 'house_size_m2', 'water', 'toilet', 'heating', 'has_broadband'] as const
type Fact = (typeof FACTS)[number]
export type Row = Fact | 'people'
/** One of a list. */
const CHOSEN: readonly Row[] = ['water', 'toilet', 'heating']
export type Value = string | boolean
export type State = 'open' | 'same' | 'changed'
/** Why a value cannot be: a word of `grid.visit.wrong`, with what it names. */
export type Wrong = [word: 'too_long' | 'not_number' | 'below' | 'above' | 'digits', of: { n: number }]

const ADDRESS_CHARS = 120
const LARGEST_M2 = 100_000

/** As the register judges it when it arrives. */
export function wrongOf(row: Row, value: Value | null): Wrong | null {
  const text = String(value ?? '').trim()
  if (row === 'address' && text.length > ADDRESS_CHARS) return ['too_long', { n: ADDRESS_CHARS }]
  if (row !== 'house_size_m2' || !text) return null
  if (!/^[+-]?\d+(\.\d*)?$/.test(text)) return ['not_number', { n: 0 }]
  if (Number(text) < 0) return ['below', { n: 0 }]
  if (Number(text) > LARGEST_M2) return ['above', { n: LARGEST_M2 }]
  return /\.\d\d/.test(text) ? ['digits', { n: 1 }] : null
}

/** `lists` of the pack; what can be of a list is only asked where the list is on the phone. */
export function useCensus(home: PackHome, lists: readonly List[]) {
  const optionsOf = (row: Row) => lists.find(({ id }) => id === row)?.codes ?? []
  const facts = FACTS.filter((fact) => !CHOSEN.includes(fact) || optionsOf(fact).length > 0)
  const rows: readonly Row[] = [...facts, 'people']
  /** What was said of a row: as it stood, or what is now. A row that is not here was not asked. */
  const said = reactive(new Map<Row, 'same' | { now: Value }>())
  /** Who came, what is another of them, who is gone. */
  const people = shallowRef<readonly Told[]>([])
  /** Somebody is being written down just now. */
  const isWriting = ref(false)
  /** Rows that 都没变 answered and nobody touched since. */
  const swept = ref<Row[]>([])

  const known = (row: Row): Value | null => {
    const value = row === 'people' ? null : home[row]
    return value === null || value === '' ? null : typeof value === 'boolean' ? value : String(value)
  }
  function stateOf(row: Row): State {
    const answer = said.get(row)
    if (row === 'people' && people.value.length) return 'changed'
    if (!answer) return 'open'
    if (answer === 'same') return 'same'
    const now = typeof answer.now === 'string' ? answer.now.trim() : answer.now
    return String(now) === String(known(row) ?? '') ? 'same' : 'changed'
  }
  /** What a field shows: what was written, else what stood there. */
  function valueOf(row: Row): Value | null {
    const answer = said.get(row)
    return typeof answer === 'object' ? answer.now : known(row)
  }
  function setWriting(now: boolean): void {
    isWriting.value = now
  }
  function tellOf(told: readonly Told[]): void {
    touch('people')
    said.delete('people')
    people.value = told
  }
  const touch = (row: Row) => (swept.value = swept.value.filter((one) => one !== row))
  function same(row: Row): void {
    touch(row)
    if (row === 'people') people.value = []
    said.set(row, 'same')
  }
  function write(row: Row, now: Value): void {
    touch(row)
    said.set(row, { now })
  }
  /** Nobody could be asked. */
  function leave(row: Row): void {
    touch(row)
    if (row === 'people') people.value = []
    said.delete(row)
  }

  const open = computed(() => rows.filter((row) => stateOf(row) === 'open'))
  /** Something was asked, or told of people: without that it is no visit for the census. */
  const isAsked = computed(() => open.value.length < rows.length)
  const changed = computed(() => rows.filter((row) => stateOf(row) === 'changed'))

  /** 都没变: what was answered already stays. */
  function sameAll(): void {
    swept.value = open.value
    swept.value.forEach((row) => said.set(row, 'same'))
  }
  function undo(): void {
    swept.value.forEach((row) => said.delete(row))
    swept.value = []
  }

  /** What goes on its way: only what is another now, with what stood there. */
  function told() {
    const told = facts.filter((row) => stateOf(row) === 'changed')
    const now = (row: Fact) => {
      const value = valueOf(row)
      return typeof value === 'string' ? value.trim() || null : value
    }
    const unchanged: Outcome = open.value.length ? 'partly' : 'same'
    const outcome: Outcome = changed.value.length ? 'changed' : unchanged
    return {
      outcome,
      people: people.value,
      facts: Object.fromEntries(told.map((row) => [row, now(row)])),
      was: Object.fromEntries(told.map((row) => [row, home[row]])),
    }
  }

  return {
    rows,
    optionsOf,
    known,
    people,
    isWriting,
    setWriting,
    tellOf,
    stateOf,
    valueOf,
    same,
    write,
    leave,
    open,
    isAsked,
    changed,
    swept,
    sameAll,
    undo,
    told,
  }
}

export type Census = ReturnType<typeof useCensus>

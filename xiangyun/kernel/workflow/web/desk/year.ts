/** A year as twelve small months: which days are off, which are worked in their place, which the town set itself. */
import type { Day } from '../api'

/** What stands on a day; nothing: the week says it. */
export type Mark = 'off' | 'work' | 'own_off' | 'own_work'

export interface Cell {
  /** 2026-10-01 */
  on: string
  day: number
  isOff: boolean
  mark: Mark | null
  told: Day | null
}

export interface Month {
  month: number
  /** Empty places before the first day; a week begins on Monday. */
  before: number
  cells: Cell[]
}

const WEEK = 7

/** The twelve months; `town` is whose own days are called its own, with those of the places above it. */
export function monthsOf(year: number, days: readonly Day[]): Month[] {
  const told = new Map(days.map((one) => [one.on, one]))
  return Array.from({ length: 12 }, (_, index) => {
    const first = new Date(Date.UTC(year, index, 1))
    const last = new Date(Date.UTC(year, index + 1, 0)).getUTCDate()
    return {
      month: index + 1,
      before: (first.getUTCDay() + WEEK - 1) % WEEK,
      cells: Array.from({ length: last }, (__, at) => cellOf(year, index, at + 1, told)),
    }
  })
}

function cellOf(year: number, index: number, day: number, told: ReadonlyMap<string, Day>): Cell {
  const at = new Date(Date.UTC(year, index, day))
  const on = at.toISOString().slice(0, 10)
  const said = told.get(on) ?? null
  const isWeekend = at.getUTCDay() % 6 === 0
  return { on, day, isOff: said ? !said.is_working : isWeekend, mark: markOf(said), told: said }
}

function markOf(said: Day | null): Mark | null {
  if (!said) return null
  const what = said.is_working ? 'work' : 'off'
  return said.area ? `own_${what}` : what
}

/** How many days of a year are worked. */
export const workedIn = (months: readonly Month[]): number =>
  months.reduce((sum, { cells }) => sum + cells.filter(({ isOff }) => !isOff).length, 0)

/** The day some days away, within the same year. */
export function stepFrom(on: string, days: number): string {
  const at = new Date(`${on}T00:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  const to = at.toISOString().slice(0, 10)
  return to.slice(0, 4) === on.slice(0, 4) ? to : on
}

/** What a notice still lacks: `01-01` is a day, `01-21…02-21` a day somewhere between. */
export function lacking(missing: readonly string[], year: number): { from: string; until: string | null }[] {
  return missing.map((one) => {
    const [from = '', until] = one.split('…')
    return { from: `${year}-${from}`, until: until ? `${year}-${until}` : null }
  })
}

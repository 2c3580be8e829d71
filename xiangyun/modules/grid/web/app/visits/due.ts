/** Which homes of the pack are to be visited today, and in which order. */
import type { Member } from '@shared/people/told'
import { dayOf } from '@shared/words/time'

export type Outcome = 'same' | 'changed' | 'partly' | 'away'

/** As the register packs it. */
export interface PackHome {
  id: string
  version: number
  number: string
  area_name: string
  group_name: string
  address: string | null
  house_size_m2: string | number | null
  water: string | null
  toilet: string | null
  heating: string | null
  has_broadband: boolean | null
  checked_at: string
  is_due: boolean
  members: Member[]
}

/** As the grid packs it: homes that were visited or are in special care. */
export interface PackVisit {
  id: string
  care: string[]
  care_due_on: string | null
  last_at: string | null
  last_kind: 'census' | 'care' | null
  last_outcome: Outcome | null
}

export interface PackPicture {
  subject: { kind: string; id: string }
  small: string
}

export interface DueHome {
  home: PackHome
  visit: PackVisit | null
  isCare: boolean
  isCensus: boolean
  dueOn: string
}

const DAY_MS = 86_400_000

/** The town's day so many days from now, as the pack writes days. */
export const daysAhead = (days: number, now = Date.now()): string => dayOf(now + days * DAY_MS)

/** Special care first, then what waits longest. `written`: `care <id>` and `census <id>` that wait on this phone. */
export function dueHomes(
  homes: readonly PackHome[],
  visits: readonly PackVisit[],
  written: ReadonlySet<string>,
  day = daysAhead(0),
): DueHome[] {
  const known = new Map(visits.map((one) => [one.id, one]))
  return homes
    .map((home) => {
      const visit = known.get(home.id) ?? null
      const isCare = Boolean(
        visit?.care_due_on && visit.care_due_on <= day && !written.has(`care ${home.id}`),
      )
      const isCensus = home.is_due && !written.has(`census ${home.id}`)
      const dueOn = isCare ? (visit?.care_due_on ?? '') : home.checked_at.slice(0, 10)
      return { home, visit, isCare, isCensus, dueOn }
    })
    .filter(({ isCare, isCensus }) => isCare || isCensus)
    .sort((a, b) => Number(b.isCare) - Number(a.isCare) || a.dueOn.localeCompare(b.dueOn))
}

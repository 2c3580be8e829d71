/** Undone work as things on the wall: one card a matter, the gravest of its work speaks for it. */
import type { Tone } from '@shared/wall/wall'
import type { Work } from '../api'

export interface Incident {
  matter: string
  tone: Tone
  /** The work that speaks for the matter: what nobody has taken, else what ends first. */
  main: Work
  work: Work[]
  isStuck: boolean
}

const GRAVEST = 1
const GRAVE = 2

/** Overdue while its clock runs, in danger now, silent, or to be done. What people reported is danger only where it is gravest. */
export function toneOf(work: readonly Work[]): Tone {
  if (work.some(({ is_late, stopped_at }) => is_late && !stopped_at)) return 'late'
  const { kind, severity, alert } = work[0] as Work
  if (/silen/.test(kind)) return 'silent'
  return severity <= (alert ? GRAVE : GRAVEST) ? 'danger' : 'todo'
}

/** What may be read of a matter aloud: a place and what it is about, before visitors only of which kind it is. */
export function toldOf(work: Work, visitors: boolean): string {
  return visitors && !work.alert ? work.matter_kind_name : work.title
}

/** Asked and not taken, or nobody left to ask. */
export const isStuck = (work: Work): boolean =>
  work.state === 'open' && (work.is_unaccepted || !work.assignee)

export function incidents(all: readonly Work[]): Incident[] {
  const found = new Map<string, Work[]>()
  for (const one of all)
    if (one.state !== 'done') found.set(one.matter, [...(found.get(one.matter) ?? []), one])
  return [...found].map(([matter, work]) => {
    const sorted = [...work].sort(
      (a, b) =>
        Number(isStuck(b)) - Number(isStuck(a)) ||
        Number(a.state === 'taken') - Number(b.state === 'taken') ||
        a.due_at.localeCompare(b.due_at),
    )
    return {
      matter,
      work: sorted,
      main: sorted[0] as Work,
      tone: toneOf(sorted),
      isStuck: sorted.some(isStuck),
    }
  })
}

/** What in a few words: what the alert is called, else the first clause of the title without its place. */
export function shortly(place: string, title: string, alert?: string): string {
  if (alert) return alert
  const [clause = title] = title.split(/[，。,;；]/u)
  return clause.replace(place, '').replace(/^[ ：:]+/u, '') || title
}

/** Place and what in one sentence; the place is not said twice. */
export function titled(place: string, title: string): string {
  const short = place.replace(/(村|嘎查|镇)$/u, '')
  return title.includes(place) || (short.length > 1 && title.includes(short)) ? title : `${place} ${title}`
}

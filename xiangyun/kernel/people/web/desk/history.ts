/** What was changed, from what to what: the wire tells what stood there before, the next change tells what came. */
import type { Change } from '../api'

export interface Step {
  fact: string
  before: string | null
  /** undefined where nothing tells it: the fact is hidden, or its row is not on the page. */
  after: string | null | undefined
}

/** Newest first in, newest first out; `now` says what stands in a row today as the wire tells it. */
export function stepsOf(
  changes: readonly Change[],
  now: (subject: string, fact: string) => string | null | undefined,
): Map<string, Step[]> {
  const later = new Map<string, string | null>()
  const found = new Map<string, Step[]>()
  for (const change of changes) {
    found.set(
      change.id,
      Object.entries(change.before).map(([fact, before]) => {
        const key = `${change.subject} ${fact}`
        const after = later.has(key) ? later.get(key) : now(change.subject, fact)
        later.set(key, before)
        return { fact, before, after }
      }),
    )
  }
  return found
}

/** A fact of a row as `before` tells it: lists joined, nothing as null. */
export function told(value: unknown): string | null {
  if (value === null || value === undefined || value === '') return null
  if (Array.isArray(value)) return value.length ? value.join('、') : null
  return typeof value === 'boolean' ? (value ? 'True' : 'False') : String(value)
}

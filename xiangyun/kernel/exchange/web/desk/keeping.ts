/** How long a table that went out can be taken. */
import type { Export } from '../api'

const KEPT_MS = 7 * 24 * 3600 * 1000

/** Whether a file written at this moment is deleted by now. */
export const isOver = (writtenAt: string, now: number): boolean => Date.parse(writtenAt) + KEPT_MS <= now

/** When its file is deleted; null while there is none. */
export const keptUntil = ({ state, ended_at }: Export): number | null =>
  state === 'done' && ended_at ? Date.parse(ended_at) + KEPT_MS : null

export function isGone(one: Export, now: number): boolean {
  const until = keptUntil(one)
  return until !== null && until <= now
}

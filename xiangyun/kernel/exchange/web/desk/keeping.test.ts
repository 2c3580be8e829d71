import { expect, it } from 'vitest'
import type { Export } from '../api'
import { isGone, isOver, keptUntil } from './keeping'

const DONE = { state: 'done', ended_at: '2026-03-01T08:00:00+08:00' } as Export

it('a table is kept for seven days after it was written', () => {
  const end = Date.parse('2026-03-08T08:00:00+08:00')
  expect(keptUntil(DONE)).toBe(end)
  expect([isGone(DONE, end - 1), isGone(DONE, end)]).toEqual([false, true])
  expect([isOver(DONE.ended_at ?? '', end - 1), isOver(DONE.ended_at ?? '', end)]).toEqual([false, true])
})

it('what was never written is not gone', () => {
  expect(isGone({ state: 'failed', ended_at: DONE.ended_at } as Export, Infinity)).toBe(false)
  expect(isGone({ state: 'waiting', ended_at: null } as Export, Infinity)).toBe(false)
})

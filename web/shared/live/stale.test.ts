import { expect, it } from 'vitest'
import { stale } from './live'

it.each([
  [
    { kind: 'record', device: 'd1' } as const,
    [
      ['telemetry', 'd1'],
      ['devices', 'item', 'd1'],
    ],
  ],
  [{ kind: 'work', id: 'w1' } as const, [['work'], ['matters'], ['notices']]],
  [{ kind: 'reset' } as const, [[]]],
])('%o makes %o old', (event, keys) => {
  expect(stale(event)).toEqual(keys)
})

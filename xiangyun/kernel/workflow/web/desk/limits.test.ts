/** Limits: a town's own rule goes before the kind's, what is to come and what is over stand beside it. */
import { expect, it } from 'vitest'
import type { LimitRule, RouteKind } from '../api'
import { limitsOf } from './limits'

const TOWN = '15.08.02.100'
const KINDS: RouteKind[] = [
  {
    kind: 'grid.report',
    name: '上报',
    categories: [],
    levels: [
      { level: 'village', name: '村', role: null, role_name: null },
      { level: 'town', name: '镇', role: null, role_name: null },
    ],
  },
]
const aRule = (changes: Partial<LimitRule> = {}): LimitRule => ({
  id: null,
  area: null,
  area_name: null,
  kind: 'grid.report',
  kind_name: '上报',
  stage: 'village',
  amount: 3,
  unit: 'days',
  extension: 0,
  starts: 'entered',
  warn_pct: 80,
  valid_from: '2015-01-01',
  valid_until: null,
  basis: '各地自定',
  ...changes,
})
const own = (changes: Partial<LimitRule>) => aRule({ id: 'own', area: TOWN, area_name: '狼山镇', ...changes })
const read = (rules: LimitRule[]) => limitsOf(KINDS, rules, '2026-11-28', TOWN)

it('has a line for every level, also where nothing runs against a clock', () => {
  expect(read([aRule()]).map(({ stageName, rule, isFirst }) => [stageName, rule?.amount, isFirst])).toEqual([
    ['村', 3, true],
    ['镇', undefined, false],
  ])
})

it('lets the town’s own rule hold, and keeps what comes and what is over', () => {
  const [line] = read([
    aRule(),
    own({ amount: 9, valid_from: '2026-01-01', valid_until: '2026-06-01' }),
    own({ amount: 2, valid_from: '2026-06-01', valid_until: '2026-12-01' }),
    own({ amount: 1, valid_from: '2026-12-01' }),
  ])
  expect(line?.rule?.amount).toBe(2)
  expect(line?.planned.map(({ amount }) => amount)).toEqual([1])
  expect(line?.past.map(({ amount }) => amount)).toEqual([9])
  expect(read([aRule(), own({ amount: 1, valid_from: '2026-12-01' })])[0]?.rule?.amount).toBe(3)
})

it('shows what one village has to itself in a line of its own', () => {
  const village = own({ area: `${TOWN}.201`, area_name: '富康村', amount: 5 })
  const lines = read([aRule(), village])
  expect(lines.map(({ place, rule }) => [place, rule?.amount])).toEqual([
    [null, 3],
    ['富康村', 5],
    [null, undefined],
  ])
  expect(new Set(lines.map(({ key }) => key)).size).toBe(3)
})

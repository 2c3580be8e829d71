/** The routing table: nothing is left without a line, and the town's own goes before what a kind does by itself. */
import { describe, expect, it } from 'vitest'
import type { Route, RouteChoices } from '../api'
import { linesOf } from './routing'

const TODAY = '2026-11-27'
const CHOICES: RouteChoices = {
  roles: [{ code: 'clerk', name: '办事员' }],
  kinds: [
    {
      kind: 'grid.report',
      name: '上报',
      categories: [{ code: 'road', name: '路、桥、涵洞' }],
      levels: [
        { level: 'village', name: '村', role: 'village_secretary', role_name: '村支书' },
        { level: 'town', name: '镇', role: 'clerk', role_name: '办事员' },
      ],
    },
  ],
}
const aRoute = (changes: Partial<Route> = {}): Route => ({
  id: 'one',
  area: '15.08.02.100',
  area_name: '狼山镇',
  kind: 'grid.report',
  kind_name: '上报',
  category: '',
  category_name: null,
  level: 'town',
  role: 'agronomist',
  role_name: '农技员',
  account: null,
  account_name: null,
  office: '',
  order: 1,
  valid_from: '2026-01-01',
  valid_until: null,
  ...changes,
})
const said = (routes: Route[]) =>
  linesOf(CHOICES, routes, TODAY).map(({ levelName, route, roleName }) => [
    levelName,
    route?.id ?? 'itself',
    roleName,
  ])

describe('the routing table', () => {
  it('has a line for every level without any of its own', () => {
    expect(said([])).toEqual([
      ['村', 'itself', '村支书'],
      ['镇', 'itself', '办事员'],
    ])
  })
  it('keeps what a kind does by itself beside a line for one category, or one that is still to come', () => {
    const road = aRoute({ id: 'road', category: 'road' })
    expect(said([road]).map(([, id]) => id)).toEqual(['itself', 'road', 'itself'])
    const later = aRoute({ id: 'later', valid_from: '2026-12-01' })
    expect(said([later]).map(([, id]) => id)).toEqual(['itself', 'later', 'itself'])
    expect(said([aRoute()]).map(([, id]) => id)).toEqual(['itself', 'one'])
  })
  it('says the name of a kind once, and shows lines of a kind that is switched off', () => {
    const off = aRoute({ id: 'off', kind: 'grid.gone', kind_name: '以前的事' })
    const lines = linesOf(CHOICES, [off, aRoute({ id: 'second', order: 2 }), aRoute()], TODAY)
    expect(lines.map(({ key, isFirst }) => [key, isFirst])).toEqual([
      ['grid.report~village', true],
      ['one', false],
      ['second', false],
      ['off', true],
    ])
  })
})

import { calledAfter, type Member } from '@shared/people/told'
import { describe, expect, it } from 'vitest'
import { daysAhead, dueHomes, type PackHome, type PackVisit } from './due'

const home = (id: string, more: Partial<PackHome> = {}): PackHome => ({
  id,
  version: 1,
  number: `000${id}`,
  area_name: '迎丰村',
  group_name: '',
  address: null,
  house_size_m2: null,
  water: null,
  toilet: null,
  heating: null,
  has_broadband: null,
  checked_at: '2026-11-01T00:00:00Z',
  is_due: false,
  members: [],
  ...more,
})
const visit = (id: string, care_due_on: string | null): PackVisit => ({
  id,
  care: ['独居老人'],
  care_due_on,
  last_at: null,
  last_kind: null,
  last_outcome: null,
})
const DAY = '2026-11-27'
const ids = (...given: Parameters<typeof dueHomes>) => dueHomes(...given).map(({ home: { id } }) => id)

describe('the homes of today', () => {
  it('are special care first, then what waits longest; what is not due is not there', () => {
    const old = home('1', { is_due: true, checked_at: '2026-07-01T00:00:00Z' })
    const older = home('2', { is_due: true, checked_at: '2026-06-01T00:00:00Z' })
    const cared = home('3')
    const later = home('4')
    const visits = [visit('3', DAY), visit('4', '2026-11-28')]
    expect(ids([old, older, cared, later], visits, new Set(), DAY)).toEqual(['3', '2', '1'])
  })

  it('are not those of which something waits on this phone', () => {
    const both = home('1', { is_due: true })
    const of = (...written: string[]) => dueHomes([both], [visit('1', DAY)], new Set(written), DAY)
    expect(of()).toMatchObject([{ isCare: true, isCensus: true }])
    expect(of('care 1')).toMatchObject([{ isCare: false, isCensus: true }])
    expect(of('care 1', 'census 1')).toEqual([])
  })
})

it('a home is called after its head, a masked one by its mask, an empty one by its number', () => {
  const people = [
    { id: 'a', name: '李小花', is_head: false },
    { id: 'b', name: { masked: '王*' }, is_head: true },
  ]
  expect(calledAfter(home('1', { members: people as Member[] }))).toBe('王*')
  expect(calledAfter(home('1'))).toBe('0001')
})

it('days are the days of the town', () => {
  const late = Date.parse('2026-12-30T16:01:00Z')
  expect([daysAhead(0, late), daysAhead(3, late)]).toEqual(['2026-12-31', '2027-01-03'])
})

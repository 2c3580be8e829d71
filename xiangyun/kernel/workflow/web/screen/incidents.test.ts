import { describe, expect, it } from 'vitest'
import type { Work } from '../api'
import { incidents, isStuck, shortly, titled, toldOf, toneOf } from './incidents'

const aWork = (changes: Partial<Work> = {}): Work => ({
  id: 'w1',
  matter: 'm1',
  number: '农业-1124-01',
  kind: 'workflow.look_into',
  title: '暴雨',
  area: '15.08.02.100.212',
  area_name: '永乐村',
  state: 'open',
  assignee: { account: 'zhang', name: '张永胜' },
  due_at: '2026-11-24T10:00:00Z',
  may: [],
  severity: 3,
  subject: { kind: 'area', id: '15.08.02.100.212' },
  alert: null,
  rule: null,
  offered_at: '2026-11-24T08:00:00Z',
  take_by_at: '2026-11-24T08:10:00Z',
  taken_at: null,
  done_at: null,
  outcome: null,
  note: '',
  point: null,
  is_late: false,
  is_unaccepted: false,
  is_main: false,
  is_sealed: false,
  matter_kind: 'workflow.incident',
  matter_kind_name: '险情',
  stopped_at: null,
  role: null,
  role_name: null,
  in_place_of: null,
  ...changes,
})

describe('incidents', () => {
  it('make one card a matter, without what is done', () => {
    const found = incidents([
      aWork(),
      aWork({ id: 'w2', due_at: '2026-11-24T09:00:00Z' }),
      aWork({ id: 'w3', matter: 'm2', state: 'done' }),
    ])
    expect(found.map(({ matter, main }) => [matter, main.id])).toEqual([['m1', 'w2']])
  })

  it('let the work that is stuck speak', () => {
    const taken = aWork({ id: 'taken', state: 'taken', due_at: '2026-11-24T08:30:00Z' })
    const stuck = aWork({ id: 'stuck', is_unaccepted: true })
    expect(incidents([taken, stuck])[0]).toMatchObject({ isStuck: true, main: { id: 'stuck' } })
  })

  it('are overdue before they are grave, and silent before plain', () => {
    expect(toneOf([aWork({ severity: 1, is_late: true })])).toBe('late')
    expect(toneOf([aWork({ severity: 2, alert: 'a1' })])).toBe('danger')
    expect(toneOf([aWork({ kind: 'devices.see_silent_device' })])).toBe('silent')
    expect(toneOf([aWork()])).toBe('todo')
  })

  it('that people reported are danger only where they are gravest', () => {
    expect(toneOf([aWork({ severity: 2 })])).toBe('todo')
    expect(toneOf([aWork({ severity: 1 })])).toBe('danger')
  })

  it('are not overdue while their clock stands still', () => {
    expect(toneOf([aWork({ is_late: true, stopped_at: '2026-11-24T09:00:00Z' })])).toBe('todo')
  })

  it('say before visitors only of which kind they are', () => {
    const quarrel = aWork({ title: '迎丰村：调解（浇水次序）', matter_kind_name: '调解' })
    expect([toldOf(quarrel, false), toldOf(quarrel, true)]).toEqual(['迎丰村：调解（浇水次序）', '调解'])
    expect(toldOf(aWork({ alert: 'a1', title: '暴雨' }), true)).toBe('暴雨')
  })

  it('are stuck when nobody is left to ask', () => {
    expect(isStuck(aWork({ assignee: null }))).toBe(true)
    expect(isStuck(aWork())).toBe(false)
    expect(isStuck(aWork({ state: 'taken', is_unaccepted: true }))).toBe(false)
  })

  it('are called what their alert is called, else the first clause', () => {
    expect(shortly('永乐村', '永乐村雨下得大，去看看排水', '大雨')).toBe('大雨')
    expect(shortly('永乐村', '永乐村雨下得大，去看看排水')).toBe('雨下得大')
    expect(shortly('永乐村', '永乐村')).toBe('永乐村')
  })

  it('name their place once', () => {
    expect(titled('永乐村', '暴雨')).toBe('永乐村 暴雨')
    expect(titled('永乐村', '永乐大雨')).toBe('永乐大雨')
  })
})

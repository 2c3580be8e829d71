import { expect, it } from 'vitest'
import type { InboxItem, Work } from '../api'
import { grouped, groupOf, looked, rowOfInbox, rowOfWork, wanted } from './boxes'

const NOW = +new Date('2026-09-17T10:42:00+08:00')

const aWork = (changes: Partial<Work> = {}): Work =>
  ({
    id: 'w1',
    kind: 'alerts.incident',
    title: '雨大,去看排水沟',
    number: '告警-0917-01',
    area_name: '永乐村',
    state: 'open',
    assignee: { account: 'ls-duty', name: '陈敏' },
    due_at: '2026-09-17T12:00:00+08:00',
    take_by_at: null,
    offered_at: '2026-09-17T10:00:00+08:00',
    is_unaccepted: false,
    severity: 2,
    role_name: null,
    in_place_of: null,
    outcome: null,
    ...changes,
  }) as Work

const anItem = (changes: Partial<InboxItem> = {}): InboxItem =>
  ({
    id: 'w2',
    matter: 'm2',
    work: 'w2',
    number: '网格-0916-05',
    kind: 'grid.report',
    kind_name: '网格上报',
    title: '通村路堆了秸秆',
    area_name: '迎丰村',
    severity: 3,
    has: { account: 'ls-clerk', name: '苏雅' },
    role_name: null,
    in_place_of: null,
    clock: { started_at: '2026-09-16T10:00:00+08:00', stopped_since: null },
    due_at: '2026-09-20T23:59:00+08:00',
    work_may: [],
    is_sealed: false,
    offered_at: '2026-09-16T10:00:00+08:00',
    done_at: null,
    outcome: null,
    ...changes,
  }) as InboxItem

it('cuts by whole days of the town, as the counts do', () => {
  const cut = (due: string) => groupOf(due, NOW)
  expect(cut('2026-09-17T10:42:00+08:00')).toBe('late')
  expect(cut('2026-09-17T23:59:59+08:00')).toBe('today')
  expect(cut('2026-09-18T00:00:01+08:00')).toBe('three_days')
  expect(cut('2026-09-20T23:59:59+08:00')).toBe('three_days')
  expect(cut('2026-09-21T00:00:01+08:00')).toBe('later')
  expect(groupOf(null, NOW)).toBe('later')
})

it('keeps what stands still out of what is late, and what is over out of both', () => {
  const past = '2026-09-01T10:00:00+08:00'
  expect(groupOf(past, NOW, { isStopped: true })).toBe('stopped')
  expect(groupOf(past, NOW, { isOver: true, isStopped: true })).toBe('done')
})

it('says whether somebody is asked, nobody has it, or somebody does', () => {
  expect(rowOfWork(aWork(), NOW, 'ls-duty')).toMatchObject({ asksMe: true, isMine: false, owner: '' })
  expect(rowOfWork(aWork(), NOW, 'else')).toMatchObject({ asksMe: false, owner: '', asked: '陈敏' })
  expect(rowOfWork(aWork({ is_unaccepted: true }), NOW, 'else')).toMatchObject({ owner: null, asked: '陈敏' })
  expect(rowOfWork(aWork({ state: 'taken' }), NOW, 'ls-duty')).toMatchObject({ isMine: true, owner: '陈敏' })
})

it('belongs to nobody where nobody is signed in', () => {
  expect(rowOfWork(aWork({ assignee: null, state: 'taken' }), NOW, undefined).isMine).toBe(false)
})

it('shows a stopped clock, and a matter that is only watched', () => {
  const clock = { started_at: '2026-09-01T10:00:00+08:00', stopped_since: '2026-09-16T10:00:00+08:00' }
  const stopped = rowOfInbox(anItem({ clock: clock as InboxItem['clock'] }), NOW, 'ls-clerk')
  expect(stopped).toMatchObject({ group: 'stopped', pausedAt: clock.stopped_since, isMine: true })
  const watched = rowOfInbox(anItem({ work: null, clock: null, due_at: null }), NOW, 'else')
  expect(watched).toMatchObject({ isWatched: true, isMine: false, group: 'later', pausedAt: null })
})

it('asks me where I may take it, by my name or by my post', () => {
  const asked = rowOfInbox(anItem({ work_may: ['take'], has: null, role_name: '综合岗' }), NOW, 'ls-clerk')
  expect(asked).toMatchObject({ asksMe: true, owner: '', asked: '综合岗' })
})

it('finds rows by every word, wherever it stands', () => {
  const rows = [rowOfWork(aWork(), NOW, 'x'), rowOfInbox(anItem(), NOW, 'x')]
  const ids = (q: string) => looked(rows, q).map(({ id }) => id)
  expect(ids('')).toEqual(['w1', 'w2'])
  expect(ids('迎丰 秸秆')).toEqual(['w2'])
  expect(ids('0917')).toEqual(['w1'])
  expect(ids('迎丰 排水')).toEqual([])
})

it('orders the groups and leaves out the empty ones', () => {
  const rows = [rowOfInbox(anItem(), NOW, 'x'), rowOfWork(aWork(), NOW, 'x')]
  expect(grouped(rows).map(({ name, rows: some }) => [name, some.length])).toEqual([
    ['today', 1],
    ['three_days', 1],
  ])
})

it('opens everything where the address asks for no box it knows', () => {
  expect([wanted('watching'), wanted('nobody'), wanted('x'), wanted(undefined)]).toEqual([
    'watching',
    'nobody',
    'all',
    'all',
  ])
})

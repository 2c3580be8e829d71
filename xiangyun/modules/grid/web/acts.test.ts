import { expect, it } from 'vitest'
import { actsOf, ASKS, doorsOf, isNeeded, joinOf } from './acts'

const report = { may: [] as string[], matter: 'm1', category: 'road', severity: 2, is_sealed: false }
const worker = (ability: string) => ability === 'grid.close_in_grid'
const clerk = () => true

it('offers what the server lets be done, the next step first', () => {
  expect(actsOf({ ...report, may: ['dismiss', 'verify'] }, clerk)).toEqual(['verify', 'settle', 'dismiss'])
  expect(actsOf({ ...report, may: ['approve', 'refuse', 'send_to_law'] }, clerk)).toEqual([
    'approve',
    'refuse',
    'send_to_law',
  ])
  expect(actsOf(report, clerk)).toEqual([])
})

it('lets a grid worker settle what is theirs, and judge nothing', () => {
  expect(actsOf({ ...report, may: ['dismiss', 'classify'] }, worker)).toEqual(['settle', 'dismiss'])
  expect(actsOf({ ...report, may: ['close_here'] }, worker)).toEqual(['settle'])
})

it('never offers the grid what is sealed', () => {
  expect(actsOf({ ...report, may: ['verify'], is_sealed: true }, clerk)).toEqual(['verify'])
})

it('settles in one answer whatever was not said before', () => {
  const told = { words: '填平了', files: [] }
  const doors = (may: string[]) => doorsOf('settle', told, { ...report, may }).map(([door]) => door)
  expect(doors(['verify', 'dismiss'])).toEqual(['verify', 'classify', 'close_here'])
  expect(doors(['classify'])).toEqual(['classify', 'close_here'])
  expect(doors(['close_here'])).toEqual(['close_here'])
  expect(doorsOf('settle', told, { ...report, may: ['classify'] })[0]).toEqual([
    'classify',
    { category: 'road', severity: 2, level: 'grid' },
  ])
})

it('asks for words where somebody will want to know why', () => {
  const needed = (['verify', 'dismiss', 'approve', 'refuse', 'send_to_law'] as const).filter(
    (act) => ASKS[act].includes('note') && isNeeded(act, 'note'),
  )
  expect(needed).toEqual(['dismiss', 'refuse', 'send_to_law'])
  expect(doorsOf('refuse', { note: '还漏' }, report)).toEqual([['check', { is_good: false, note: '还漏' }]])
})

it('lets the later of two go into the earlier, and takes it back', () => {
  const early = { matter: 'm1', number: 'WG-1', may: ['merge'], opened_at: '2026-11-01T08:00:00+08:00' }
  const late = { matter: 'm2', number: 'WG-2', may: ['merge'], opened_at: '2026-11-01T09:00:00+08:00' }
  const doors = [['merge', { matter: 'm2', into: 'm1' }]]
  expect(joinOf(early, late)).toEqual({ drop: late, keep: early, doors })
  expect(joinOf(late, early)).toEqual({ drop: late, keep: early, doors })
  expect(joinOf(early, { ...late, may: [] })).toBeNull()
  expect(actsOf({ ...report, may: ['unmerge'] }, clerk)).toEqual(['unmerge'])
  expect(doorsOf('unmerge', {}, report)).toEqual([['unmerge', { matter: 'm1' }]])
})

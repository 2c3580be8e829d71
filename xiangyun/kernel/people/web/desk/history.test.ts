import { expect, it } from 'vitest'
import type { Change } from '../api'
import { stepsOf, told } from './history'

const change = (id: string, before: Record<string, string | null>, subject = 'home'): Change =>
  ({ id, subject, before }) as Change

it('tells what came after from the next change, and from the row for the last one', () => {
  const steps = stepsOf(
    [change('2', { water: 'well' }), change('1', { water: null, toilet: 'dry' })],
    (_, fact) => (fact === 'water' ? 'tap' : 'flush'),
  )
  expect(steps.get('2')).toEqual([{ fact: 'water', before: 'well', after: 'tap' }])
  expect(steps.get('1')).toEqual([
    { fact: 'water', before: null, after: 'well' },
    { fact: 'toilet', before: 'dry', after: 'flush' },
  ])
})

it('keeps two subjects apart and says nothing of what is hidden', () => {
  const steps = stepsOf(
    [change('2', { name: '东地' }, 'p'), change('1', { name: '西地' }, 'q')],
    () => undefined,
  )
  expect(steps.get('1')).toEqual([{ fact: 'name', before: '西地', after: undefined }])
})

it.each([
  [['a', 'b'], 'a、b'],
  [[], null],
  ['', null],
  [true, 'True'],
  [86, '86'],
])('a fact %j is told as %j', (value, said) => {
  expect(told(value)).toBe(said)
})

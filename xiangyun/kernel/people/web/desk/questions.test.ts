import { expect, it } from 'vitest'
import { answerOf, changed, wireOf, type Question } from './questions'

const asked: Question[] = [
  { name: 'address', kind: 'text' },
  { name: 'house_size_m2', kind: 'number' },
  { name: 'has_broadband', kind: 'yes' },
  { name: 'machines', kind: 'lines' },
  { name: 'id_no', kind: 'text', isSealed: true },
]
const row = { address: '1组1号', house_size_m2: '86.0', has_broadband: null, machines: ['拖拉机'] }
const before = Object.fromEntries(
  asked.map((one) => [one.name, answerOf(one, (row as Record<string, unknown>)[one.name])]),
)

it('sends nothing of what was not touched, so that no mask is ever written back', () => {
  expect(changed(asked, before, { ...before })).toEqual({})
})

it('sends what changed as the wire takes it; null empties', () => {
  const now = { ...before, house_size_m2: '', has_broadband: 'no', machines: ['拖拉机', ' 播种机 ', ''] }
  expect(changed(asked, before, now)).toEqual({
    house_size_m2: null,
    has_broadband: false,
    machines: ['拖拉机', '播种机'],
  })
})

it.each([
  ['number', '12.5', 12.5],
  ['date', '', null],
  ['yes', '', null],
  ['text', ' a ', 'a'],
] as const)('a %s of %j is %j on the wire', (kind, answer, wire) => {
  expect(wireOf({ name: 'x', kind }, answer)).toBe(wire)
})

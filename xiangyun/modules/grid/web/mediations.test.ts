import { expect, it } from 'vitest'
import { again, mayBringAgain, type WholeMediation } from './mediations'

const old = {
  id: 'm1',
  area: '15.08.02.100.201',
  category: 'irrigation_turn',
  parties: [
    { id: 'p1', side: 'applicant', name: '赵二柱', phone: '13812341234', resident: null },
    { id: 'p2', side: 'respondent', name: '钱三丫', phone: null, resident: 'r2' },
  ],
} as WholeMediation

it('is brought again where the server lets it be', () => {
  expect(mayBringAgain({ may: ['add_paper', 'bring_again'] })).toBe(true)
  expect(mayBringAgain({ may: ['add_paper'] })).toBe(false)
})

it('takes place, kind and parties over from the old case, and names it', () => {
  expect(again(old)).toEqual({
    area: '15.08.02.100.201',
    category: 'irrigation_turn',
    before: 'm1',
    parties: [
      { side: 'applicant', name: '赵二柱', phone: '13812341234' },
      { side: 'respondent', resident: 'r2' },
    ],
  })
})

import { expect, it } from 'vitest'
import { lunarDay } from './calendar'

it('the lunar day is said as in the village', () => {
  expect(lunarDay(Date.parse('2026-02-17T04:00:00Z'))).toBe('正月初一')
  expect(lunarDay(Date.parse('2026-11-25T04:00:00Z'))).toBe('十月十七')
})

it('the day begins at midnight in the town, wherever the phone is', () => {
  expect(lunarDay(Date.parse('2026-02-16T16:30:00Z'))).toBe('正月初一')
})

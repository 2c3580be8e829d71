/** The year of the desk: days in their weeks, what each is marked as, and what an unknown year lacks. */
import { describe, expect, it } from 'vitest'
import { lacking, monthsOf, stepFrom, workedIn } from './year'

const DAYS = [
  { on: '2026-10-01', is_working: false, area: null, basis: null },
  { on: '2026-10-10', is_working: true, area: null, basis: null },
  { on: '2026-08-19', is_working: false, area: '15.08.02.100', basis: '那达慕' },
]

describe('a year', () => {
  it('has its days in weeks that begin on Monday', () => {
    const months = monthsOf(2026, DAYS)
    // 1 October 2026 is a Thursday.
    expect([months.length, months[9]?.before, months[9]?.cells.length]).toEqual([12, 3, 31])
    expect(monthsOf(2028, [])[1]?.cells.length).toBe(29)
  })
  it('marks what the week does not say', () => {
    const cells = monthsOf(2026, DAYS).flatMap((month) => month.cells)
    const of = (on: string) => cells.find((cell) => cell.on === on)
    expect([of('2026-10-01')?.mark, of('2026-10-01')?.isOff]).toEqual(['off', true])
    expect([of('2026-10-10')?.mark, of('2026-10-10')?.isOff]).toEqual(['work', false])
    expect([of('2026-08-19')?.mark, of('2026-08-19')?.isOff]).toEqual(['own_off', true])
    expect([of('2026-08-22')?.mark, of('2026-08-22')?.isOff]).toEqual([null, true])
  })
  it('counts its working days and steps within itself', () => {
    expect(workedIn(monthsOf(2026, [])) - workedIn(monthsOf(2026, DAYS))).toBe(1)
    expect(stepFrom('2026-02-28', 1)).toBe('2026-03-01')
    expect(stepFrom('2026-12-31', 1)).toBe('2026-12-31')
  })
  it('says what a notice typed in by hand still lacks', () => {
    expect(lacking(['01-01', '01-21…02-21'], 2027)).toEqual([
      { from: '2027-01-01', until: null },
      { from: '2027-01-21', until: '2027-02-21' },
    ])
  })
})

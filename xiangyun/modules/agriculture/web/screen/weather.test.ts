import { describe, expect, it } from 'vitest'
import { axisOf, bandOf, compass, dayBefore, fallen, HOUR, runs, type Point } from './weather'

const AT = +new Date('2026-07-20T16:42:00+08:00')
const point = (hours: number, value: number | null, quality: Point['quality'] = 'ok'): Point => ({
  ts: new Date(AT + hours * HOUR).toISOString(),
  value,
  quality,
})

describe('the weather on the wall', () => {
  it('adds up rain that is believed and recent', () => {
    expect(
      fallen([point(-4, 9), point(-2, 6), point(-1, 300, 'bad'), point(-0.5, 4), point(1, 7)], AT, 3),
    ).toBe(10)
  })

  it('knows no rain from no reading', () => {
    expect(fallen([point(-2, 0)], AT, 3)).toBe(0)
    expect(fallen([point(-5, 2), point(-1, null)], AT, 3)).toBeNull()
  })

  it('compares with the same time yesterday, or not at all', () => {
    expect(dayBefore([point(-24.5, 31), point(-23, 28)], AT)).toBe(31)
    expect(dayBefore([point(-22, 28)], AT)).toBeNull()
  })

  it.each([
    [0, 'n'],
    [350, 'n'],
    [315, 'nw'],
    [-90, 'w'],
    [202, 's'],
  ])('calls %i degrees %s', (degrees, name) => {
    expect(compass(degrees)).toBe(name)
  })

  it('draws even axes', () => {
    expect(axisOf(6.8, 4)).toEqual({ top: 10, ticks: [0, 5, 10] })
    expect(axisOf(0, 4)).toEqual({ top: 4, ticks: [0, 2, 4] })
    expect(bandOf([19.2, 31])).toEqual({ low: 15, high: 35, ticks: [15, 20, 25, 30, 35] })
    expect(bandOf([-3, -2.5])).toMatchObject({ low: -4, high: -2 })
    expect(bandOf([13, 28])).toMatchObject({ low: 10, high: 30, ticks: [10, 15, 20, 25, 30] })
    expect(bandOf([])).toMatchObject({ ticks: [] })
  })

  it('breaks the line where nothing came', () => {
    const gap = { from: new Date(AT - 5 * HOUR).toISOString(), to: new Date(AT - 2 * HOUR).toISOString() }
    expect(
      runs([point(-6, 1), point(-5, 2), point(-2, 3), point(-1, 4)], [gap], 1.5 * HOUR).map(
        (run) => run.length,
      ),
    ).toEqual([2, 2])
  })
})

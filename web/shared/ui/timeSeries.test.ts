import { describe, expect, it } from 'vitest'
import { broken, hasRoom, isShort, rowsOf, stacked, suspects, type Panel, type Point } from './timeSeries'

const at = (hour: number) => `2026-07-20T${String(hour).padStart(2, '0')}:00:00+08:00`
const point = (hour: number, value: number | null, quality: Point['quality'] = 'ok'): Point => ({
  ts: at(hour),
  value,
  quality,
})
const panel = (changes: Partial<Panel> = {}): Panel => ({ title: '气温', unit: '℃', series: [], ...changes })

describe('plots', () => {
  it('stand below each other, bars lower than lines, a height of their own if they ask', () => {
    expect(stacked([panel(), panel({ kind: 'bar' }), panel({ height: 40 })])).toEqual({
      plots: [
        { top: 30, height: 150 },
        { top: 228, height: 72 },
        { top: 348, height: 40 },
      ],
      height: 416,
    })
  })
})

describe('a line', () => {
  it('breaks in the middle of a gap and leaves out what is no reading', () => {
    const points = [point(1, 5), point(2, 99, 'bad'), point(7, 6, 'suspect')]
    expect(broken(points, [{ from: at(2), to: at(6) }])).toEqual([
      [+new Date(at(1)), 5],
      [+new Date(at(4)), null],
      [+new Date(at(7)), 6],
    ])
  })

  it('knows which of its points are suspect', () => {
    expect([...suspects([point(1, 5), point(2, 6, 'suspect'), point(3, 7, 'bad')])]).toEqual([
      +new Date(at(2)),
    ])
  })
})

describe('a window', () => {
  it('is told in hours up to two days', () => {
    expect(isShort('2026-07-01T00:00:00Z', '2026-07-03T00:00:00Z')).toBe(true)
    expect(isShort('2026-07-01T00:00:00Z', '2026-07-03T00:00:01Z')).toBe(false)
  })

  it('writes into a gap only where the words fit', () => {
    expect(hasRoom({ from: at(0), to: at(2) }, at(0), at(18))).toBe(false)
    expect(hasRoom({ from: at(0), to: at(3) }, at(0), at(18))).toBe(true)
  })
})

describe('the table', () => {
  it('has a row a moment, the latest first, and an empty cell where a series is silent', () => {
    const rain = panel({ title: '雨量', unit: 'mm', series: [{ points: [point(2, 0.4)] }] })
    const soil = panel({ series: [{ name: '10 cm', points: [point(1, 18), point(2, 19)] }] })
    expect(rowsOf([rain, soil])).toEqual({
      heads: ['雨量 mm', '10 cm ℃'],
      rows: [
        [at(2), [point(2, 0.4), point(2, 19)]],
        [at(1), [undefined, point(1, 18)]],
      ],
    })
  })

  it('compares moments, not how they are written', () => {
    const points = [
      { ts: '2026-07-20T09:00:00+08:00', value: 1 },
      { ts: '2026-07-20T02:00:00Z', value: 2 },
    ]
    expect(rowsOf([panel({ series: [{ points }] })]).rows.map(([ts]) => ts)).toEqual([
      '2026-07-20T02:00:00Z',
      '2026-07-20T09:00:00+08:00',
    ])
  })
})

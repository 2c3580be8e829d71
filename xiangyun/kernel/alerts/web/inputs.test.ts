import { describe, expect, it } from 'vitest'
import { inputsSaid, type Saying } from './inputs'

const WORDS: Record<string, string> = {
  'alerts.input.sum': '合计',
  'alerts.input.hours': '多久之内',
  'alerts.said.forecast': '预报有雨',
}
const say: Saying = {
  t: (key, named) =>
    key === 'alerts.desk.many'
      ? `${String(named.first)}等 ${String(named.n)} 处`
      : key === 'alerts.desk.comma'
        ? '、'
        : `${String(named.n)} ${key}`,
  known: (key) => WORDS[key],
  digits: String,
  absolute: (at) => `at ${at.slice(0, 10)}`,
  span: (ms) => `${ms / 60_000} min`,
  place: (path) => `place ${path}`,
  metric: { title: '雨量', unit: 'mm' },
}
const values = (inputs: Record<string, unknown>) =>
  inputsSaid(inputs, say).map(({ key, value }) => [key, value])

describe('what a rule saw', () => {
  it('has names in words and numbers with units, in the order one reads them', () => {
    expect(inputsSaid({ hours: 12, sum: 50.4, metric: 'rain_mm' }, say)).toEqual([
      { key: 'metric', name: 'metric', value: '雨量' },
      { key: 'sum', name: '合计', value: '50.4 mm' },
      { key: 'hours', name: '多久之内', value: '12 alerts.unit.hours' },
    ])
  })

  it('gives the numbers of a forecast their own units, whatever the metric', () => {
    expect(values({ wind_ms: 11, rain_mm: 12, held_s: 600 })).toEqual([
      ['held_s', '10 min'],
      ['rain_mm', '12 mm'],
      ['wind_ms', '11 m/s'],
    ])
  })

  it('names places, moments and causes, and counts what is too much to list', () => {
    const villages = Array.from({ length: 7 }, (_, n) => `15.08.02.100.20${n}`)
    expect(
      values({ villages, cause: 'forecast', starts_at: '2026-07-20T08:00:00+08:00', town: '狼山镇' }),
    ).toEqual([
      ['cause', '预报有雨'],
      ['town', '狼山镇'],
      ['villages', 'place 15.08.02.100.200等 7 处'],
      ['starts_at', 'at 2026-07-20'],
    ])
  })

  it('leaves out ids, what is empty, and a moment told twice', () => {
    const told = { approval: '01a21867-6cb0-765e-b6a7-b0b23a0afb11', valid_until: null, name: '' }
    expect(values({ ...told, from: '11-26 20:00', starts_at: '2026-11-26T20:00:00+08:00' })).toEqual([
      ['starts_at', 'at 2026-11-26'],
    ])
    expect(values({ from: '11-26 20:00' })).toEqual([['from', '11-26 20:00']])
  })
})

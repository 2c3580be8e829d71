import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { detailsKept, detailsSaid, type Saying } from './details'

type Tree = { [key: string]: Tree | string }
const catalogue = JSON.parse(readFileSync(resolve(import.meta.dirname, 'words/zh-Hans.json'), 'utf8')) as Tree
const say: Saying = {
  known: (key) => {
    if (key === 'shared.role.duty_officer') return '值班员'
    if (key.startsWith('people.fact.')) return { name: '姓名', born_on: '出生' }[key.slice(12)]
    const found = key
      .split('.')
      .slice(1)
      .reduce<Tree | string | undefined>((at, part) => (at as Tree | undefined)?.[part], catalogue)
    return typeof found === 'string' ? found : undefined
  },
  digits: String,
  absolute: (at) => at.slice(0, 16).replace('T', ' '),
  place: (path) => `place ${path}`,
}

describe('the details of an entry', () => {
  it.each([
    [{ kind: 'password', failures_before: 0 }, ['密码']],
    [{ kind: 'ticket', failures_before: 2 }, ['登录纸条', '之前输错 2']],
    [{ role: 'duty_officer', post: '01a21867-6cb0-765e-b6a7-b0b23a0afb11' }, ['值班员']],
    [{ number: '农业-1126-05', to: null, state: 'taken' }, ['农业-1126-05', '状态 已接']],
    [
      {
        number: '农业-1126-05',
        kind: 'agriculture.weather',
        severity: 2,
        source: ['alert', '01a21867-6cb0-765e-b6a7-b0b23a0afb11'],
      },
      ['农业-1126-05', '农业气象', '多急 紧急'],
    ],
    [{ maintenance: false }, ['检修完']],
    [
      { kind: 'grid.report', stage: 'town', amount: 5, unit: 'working_days', from: '2027-01-07' },
      ['网格上报', '镇', '5', '个工作日', '从 2027-01-07'],
    ],
    [{ fields: ['name', 'born_on'] }, ['改了 姓名、出生']],
    [{ fields: 3 }, ['地块 3']],
    [
      { rule: 'heavy_rain', event_at: '2026-07-20T08:00:00+08:00', state: 'open', is_late: false },
      ['大雨', '够条件 2026-07-20 08:00', '状态 开着'],
    ],
    [
      { abilities: ['devices.see_device', 'alerts.see_alert'] },
      ['能做 devices.see_device、alerts.see_alert'],
    ],
    [{ soil_smell: 3 }, ['soil_smell 3']],
  ])('%j is told in words', (detail, words) => {
    expect(detailsSaid(detail, say)).toEqual(words)
  })

  it('stay to the letter in the export', () => {
    expect(detailsKept({ kind: 'password', source: ['alert', 'x'] })).toBe(
      'kind password · source ["alert","x"]',
    )
  })
})

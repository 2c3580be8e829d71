import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { widthOf } from '@shared/map/labels'
import { describe, expect, it } from 'vitest'
import { chosen, PLATFORMS, roomOf, type Figure } from './foot'

const aFigure = (code: string): Figure => ({
  code,
  name: code,
  value: 1,
  unit: '',
  as_of: null,
  completeness: { have: 1, of: 1 },
  compare: null,
  reason: null,
  definition: '',
  area: '15.08.02.100',
  area_name: '狼山镇',
  rows_url: '',
})

describe('the foot', () => {
  it('has one figure a platform first, one more of each, then the house, then what else a platform counts', () => {
    const all = [
      'workflow.open',
      'agriculture.moisture',
      'agriculture.stage',
      'agriculture.rain',
      'grid.open',
      'devices.reporting',
    ].map(aFigure)
    expect(chosen(all).map(({ code }) => code)).toEqual([
      'grid.open',
      'agriculture.moisture',
      'agriculture.stage',
      'workflow.open',
      'devices.reporting',
      'agriculture.rain',
    ])
  })

  it('fills its eight columns whatever the number', () => {
    for (let n = 1; n <= 11; n++) {
      const spans = chosen(Array.from({ length: n }, (_, i) => aFigure(`workflow.f${i}`))).map(
        ({ span }) => span,
      )
      expect(spans.reduce((sum, one) => sum + one, 0)).toBe(8)
    }
  })
})

describe('the words of the figures', () => {
  /** Width of the narrowest column within its padding, in units of the wall. */
  const COLUMN = 172
  const root = resolve(import.meta.dirname, '../../../../..')
  const said = globSync('xiangyun/{kernel,modules}/*/words/*.json', { cwd: root }).flatMap((file) =>
    Object.entries(JSON.parse(readFileSync(resolve(root, file), 'utf8')) as Record<string, string>),
  )
  const names = said.filter(([key]) => /\.figure_/.test(key) && !key.endsWith('_means'))
  const compared = said.filter(([key]) => key.endsWith('_yesterday'))

  it('are there', () => {
    expect(names.length).toBeGreaterThan(10)
    expect(compared.length).toBeGreaterThan(5)
  })

  it.each(names)('%s fits into every column: %s', (key, name) => {
    expect(widthOf(name, PLATFORMS.includes(roomOf(key)) ? 20 : 24)).toBeLessThanOrEqual(COLUMN)
  })

  it.each(compared)('%s fits into every column: %s', (_key, words) => {
    expect(widthOf(words.replace('{n}', '99'), 20)).toBeLessThanOrEqual(COLUMN)
  })
})

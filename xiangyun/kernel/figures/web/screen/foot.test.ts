import { describe, expect, it } from 'vitest'
import { chosen, type Figure } from './foot'

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
  it('has one figure a platform first, then the rest of the platforms, then the house', () => {
    const all = [
      'workflow.open',
      'agriculture.moisture',
      'agriculture.stage',
      'grid.open',
      'devices.reporting',
    ].map(aFigure)
    expect(chosen(all).map(({ code }) => code)).toEqual([
      'grid.open',
      'agriculture.moisture',
      'agriculture.stage',
      'workflow.open',
      'devices.reporting',
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

import { describe, expect, it } from 'vitest'
import type { Now, Said } from './useHome'
import { forceOf, numbers } from './weather'

const NOW: Now = {
  temp_c: 24.2,
  quality: 'ok',
  as_of: null,
  rain_3h_mm: 0,
  wind_ms: 5.6,
  station: 'A01',
  distance_km: 1,
}
const SAID = { temp_min_c: 13, wind_force: 6 } as Said
const shown = (now: Now | null, said: Said | null) =>
  numbers(now, said).map(({ key, value }) => `${key} ${value}`)

describe('the three numbers', () => {
  it('come from the forecast where there is one', () => {
    expect(shown(NOW, SAID)).toEqual(['now 24', 'night 13', 'wind_said 6'])
  })

  it('come from the station where nobody said anything', () => {
    expect(shown(NOW, null)).toEqual(['now 24', 'rain_3h 0', 'wind_now 4'])
  })

  it('are never 0 where nothing is known', () => {
    expect(shown(null, null)).toEqual(['now —', 'rain_3h —', 'wind_now —'])
    expect(shown({ ...NOW, wind_ms: null }, { ...SAID, temp_min_c: null, wind_force: null })).toEqual([
      'now 24',
      'rain_3h 0',
      'wind_now —',
    ])
  })
})

it('wind force follows GB/T 28591-2012', () => {
  expect([0, 0.3, 10.7, 10.8, 17.2, 40].map(forceOf)).toEqual([0, 1, 5, 6, 8, 12])
})

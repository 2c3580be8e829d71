/** The three numbers under the headline, from what was measured and what a weather station said. */
import { digits } from '@shared/words/number'
import type { Now, Said } from './useHome'

export interface Number {
  key: 'now' | 'night' | 'wind_said' | 'wind_now' | 'rain_3h'
  value: string
  unit: 'degrees' | 'force' | 'mm'
}

/** Wind force for a speed in m/s (GB/T 28591-2012). */
const FORCES = [0.3, 1.6, 3.4, 5.5, 8.0, 10.8, 13.9, 17.2, 20.8, 24.5, 28.5, 32.7]
export function forceOf(speedMs: number): number {
  return FORCES.filter((least) => speedMs >= least).length
}

/** What is not known stands as "—", never as nothing and never as 0. */
export function numbers(now: Now | null, said: Said | null): Number[] {
  const found: Number[] = [{ key: 'now', value: digits(now?.temp_c, 0), unit: 'degrees' }]
  if (said?.temp_min_c !== null && said !== null)
    found.push({ key: 'night', value: digits(said.temp_min_c, 0), unit: 'degrees' })
  else found.push({ key: 'rain_3h', value: digits(now?.rain_3h_mm), unit: 'mm' })
  if (said?.wind_force !== null && said !== null)
    found.push({ key: 'wind_said', value: digits(said.wind_force, 0), unit: 'force' })
  else
    found.push({
      key: 'wind_now',
      value: digits(now?.wind_ms === null || !now ? null : forceOf(now.wind_ms), 0),
      unit: 'force',
    })
  return found
}

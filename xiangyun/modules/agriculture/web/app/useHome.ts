/** The villager's first page on the wire, live. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { get } from '@shared/api/client'
import { useLive } from '@shared/live/live'
import { may, useSession } from '@shared/session/session'

/** What the town's nearest station says. */
export interface Now {
  temp_c: number | null
  quality: string | null
  as_of: string | null
  rain_3h_mm: number | null
  wind_ms: number | null
  station: string | null
  distance_km: number | null
}

/** What a weather station said is coming; entered by hand or file, never derived. */
export interface Said {
  source: string
  issued_at: string
  starts_at: string
  ends_at: string
  rain_mm: number | null
  temp_min_c: number | null
  temp_max_c: number | null
  wind_force: number | null
}

export interface Tip {
  alert_id: string
  headline: string
  what: string
  why: string
  later: string
  checked_by: string
  since: string
  valid_until: string | null
  valid_words: string | null
}

export interface Home {
  area: string
  area_name: string
  weather: {
    headline_code: 'rain_now' | 'rain_coming' | 'no_rain_said' | 'nobody_said'
    headline: string
    now: Now | null
    forecast: Said | null
  }
  tip: Tip | null
  grid_worker: { name: string; phone: string | null } | null
}

/** Records come many times a minute; a first page that changes twice a minute is alive enough. */
const EVERY_MS = 30_000

export function useHome() {
  const cache = useQueryClient()
  const { session } = useSession()
  const query = useQuery({
    queryKey: ['agriculture', 'home'],
    queryFn: () => get<Home>('/api/agriculture/home'),
    // the weather is a town's: whoever sits above the towns has no first page of their own
    enabled: () => may('agriculture.see_home') && Boolean(session.value?.town),
    refetchInterval: 5 * 60_000,
  })
  const again = () => void cache.invalidateQueries({ queryKey: ['agriculture', 'home'] })
  let last = 0
  useLive(['record', 'alert'], ({ kind }) => {
    if (kind === 'record' && Date.now() - last < EVERY_MS) return
    last = Date.now()
    again()
  })
  return { home: query.data, failed: query.error, again }
}

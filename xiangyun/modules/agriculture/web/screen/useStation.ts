/** The town's own weather stations on the wall: which, their latest readings, the last day of rain and temperature. */
import { get, type Out, type Page } from '@shared/api/client'
import { may } from '@shared/session/session'
import { useNow } from '@shared/words/time'
import { usePlace } from '@shared/wall/place'
import { keepPreviousData, useQueries, useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { HOUR, type Gap, type Point } from './weather'

export type Station = Out<'DeviceOut'>
type Latest = Record<
  string,
  { value: number | null; ts: string; quality: 'ok' | 'suspect' | 'bad' } | undefined
>
export interface Series {
  points: Point[]
  gaps: Gap[]
}

export function useStations() {
  const { town } = usePlace()
  const { data } = useQuery({
    queryKey: ['devices', 'list', 'stations', town],
    enabled: () => town.value !== '' && may('devices.see_device'),
    queryFn: () =>
      get<Page<Station>>('/api/devices', {
        query: { profile: 'weather_station', area: town.value, limit: 50 },
      }),
    select: ({ items }) => items.filter(({ state }) => state !== 'revoked'),
  })
  const stations = computed(() => data.value ?? [])
  /** The one of the town itself and heard, else the next best. */
  const own = computed(
    () =>
      [...stations.value].sort(
        (a, b) =>
          Number(b.state === 'reporting') - Number(a.state === 'reporting') ||
          a.area.length - b.area.length ||
          a.name.localeCompare(b.name),
      )[0],
  )
  return { stations, own, known: computed(() => data.value !== undefined) }
}

/** The window ends at the next ten minutes, so that the keys of queries rest between. */
export function useWindow(hours: number) {
  const now = useNow()
  return computed(() => {
    const to = Math.ceil(now.value / 600_000) * 600_000
    return { from: new Date(to - hours * HOUR).toISOString(), to: new Date(to).toISOString() }
  })
}

const series = (id: string, metric: string, from: string, to: string, step: string) => ({
  queryKey: ['telemetry', id, 'series', metric, step, from, to],
  queryFn: () =>
    get<Series>('/api/telemetry/{id}/series', { path: { id }, query: { metric, from, to, step } }),
  placeholderData: keepPreviousData,
  retry: false,
})

export function useLatest(id: () => string | undefined) {
  return useQuery({
    queryKey: computed(() => ['telemetry', id(), 'latest']),
    enabled: () => Boolean(id()),
    queryFn: () => get<Latest>('/api/telemetry/{id}/latest', { path: { id: id() ?? '' } }),
  })
}

/** Rain and temperature of one station over the last day, record by record and by the hour. */
export function useDay(id: () => string | undefined) {
  const span = useWindow(25)
  const found = useQueries({
    queries: computed(() => {
      const one = id()
      const { from, to } = span.value
      return one
        ? [
            series(one, 'rain_mm', from, to, '1h'),
            series(one, 'rain_mm', from, to, 'raw'),
            series(one, 'air_temp_c', from, to, 'raw'),
          ]
        : []
    }),
  })
  return {
    span,
    rainByHour: computed(() => found.value[0]?.data as Series | undefined),
    rain: computed(() => found.value[1]?.data as Series | undefined),
    temperature: computed(() => found.value[2]?.data as Series | undefined),
  }
}

/** The last hours of rain of every station, by id. */
export function useRain(ids: () => string[], hours: number) {
  const span = useWindow(hours)
  const found = useQueries({
    queries: computed(() => ids().map((id) => series(id, 'rain_mm', span.value.from, span.value.to, 'raw'))),
  })
  return computed(() => new Map(ids().map((id, i) => [id, found.value[i]?.data as Series | undefined])))
}

/** Devices, their profiles and readings; live through the keys `devices` and `telemetry`. */
import { keepPreviousData, useMutation, useQueries, useQuery, useQueryClient } from '@tanstack/vue-query'
import { usePages } from '@shared/api/pages'
import { may } from '@shared/session/session'
import { useNow } from '@shared/words/time'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import {
  getDevice,
  getLatest,
  getRhythm,
  getSeries,
  listAlerts,
  listDevices,
  listParked,
  listProfiles,
  listRaw,
  listRules,
  revoke,
  setKeeper,
  setMaintenance,
} from './api'

export function useProfiles() {
  return useQuery({
    queryKey: ['device_profiles'],
    queryFn: async () => (await listProfiles()).items,
    staleTime: Infinity,
  })
}

export function useDeviceList(filters: MaybeRefOrGetter<Record<string, string | undefined>>) {
  return usePages(
    () => ['devices', 'list', toValue(filters)],
    (paging) => listDevices({ ...toValue(filters), ...paging }),
  )
}

export function useDevice(id: MaybeRefOrGetter<string>) {
  const cache = useQueryClient()
  const key = computed(() => ['devices', 'item', toValue(id)])
  const query = useQuery({ queryKey: key, queryFn: () => getDevice(toValue(id)) })
  const change = useMutation({
    mutationFn: (move: { revoke: true } | { maintenance: boolean } | { keeper: string }) => {
      if ('revoke' in move) return revoke(toValue(id))
      return 'keeper' in move
        ? setKeeper(toValue(id), move.keeper)
        : setMaintenance(toValue(id), move.maintenance)
    },
    onSuccess: async (fresh) => {
      cache.setQueryData(key.value, fresh)
      await cache.invalidateQueries({ queryKey: ['devices', 'list'] })
    },
  })
  return { device: query.data, loading: query.isPending, failed: query.error, again: query.refetch, change }
}

export function useLatest(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['telemetry', toValue(id), 'latest']),
    queryFn: () => getLatest(toValue(id)),
  })
}

export type Span = '24h' | '7d' | '30d' | '1y'
const SPANS: Record<Span, { ms: number; step: string }> = {
  '24h': { ms: 86_400_000, step: 'raw' },
  '7d': { ms: 7 * 86_400_000, step: '1h' },
  '30d': { ms: 30 * 86_400_000, step: '1h' },
  '1y': { ms: 365 * 86_400_000, step: '1d' },
}

/** The series of some metrics over a span that ends now. */
export function useSeries(
  id: MaybeRefOrGetter<string>,
  metrics: MaybeRefOrGetter<string[]>,
  span: MaybeRefOrGetter<Span>,
) {
  const now = useNow()
  const window = computed(() => {
    const { ms, step } = SPANS[toValue(span)]
    // the window moves every ten minutes, so that the key of the query stays the same between
    const to = Math.ceil(now.value / 600_000) * 600_000
    return { from: new Date(to - ms).toISOString(), to: new Date(to).toISOString(), step }
  })
  const found = useQueries({
    queries: computed(() =>
      toValue(metrics).map((metric) => ({
        queryKey: ['telemetry', toValue(id), 'series', metric, window.value],
        queryFn: () => getSeries(toValue(id), { metric, ...window.value }),
        placeholderData: keepPreviousData,
      })),
    ),
  })
  return {
    window,
    series: computed(() => found.value.map(({ data }) => data)),
    failed: computed(() => found.value.find(({ error }) => error)?.error ?? null),
  }
}

export function useRhythm(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['telemetry', toValue(id), 'rhythm']),
    queryFn: () => getRhythm(toValue(id), 24),
  })
}

/** The numbers of threshold rules in force, per metric: `{ air_temp_c: [{ value: 0, rule: '霜冻' }] }`. */
export function useLimits() {
  return useQuery({
    queryKey: ['alert_rules', 'limits'],
    queryFn: async () => (await listRules()).items,
    enabled: () => may('alerts.see_alert'),
    staleTime: 600_000,
    select: (rules) => {
      const found: Record<string, { value: number; rule: string }[]> = {}
      for (const { title, params, valid_until } of rules) {
        if (valid_until || !Array.isArray(params.limits)) continue
        for (const limit of params.limits as { metric: string; above?: number; below?: number }[]) {
          const value = limit.above ?? limit.below
          if (value !== undefined) (found[limit.metric] ??= []).push({ value, rule: title })
        }
      }
      return found
    },
  })
}

export function useTroubles(id: MaybeRefOrGetter<string>, wanted: MaybeRefOrGetter<'raw' | 'parked' | null>) {
  const raw = useQuery({
    queryKey: computed(() => ['telemetry', toValue(id), 'raw']),
    queryFn: async () => (await listRaw(toValue(id))).items,
    enabled: () => toValue(wanted) === 'raw',
  })
  const parked = useQuery({
    queryKey: computed(() => ['telemetry', toValue(id), 'parked']),
    queryFn: async () => (await listParked(toValue(id))).items,
    enabled: () => toValue(wanted) === 'parked',
  })
  return { raw, parked }
}

export function useOpenAlerts(id: MaybeRefOrGetter<string>) {
  return useQuery({
    queryKey: computed(() => ['alerts', 'list', 'device', toValue(id)]),
    queryFn: async () => (await listAlerts(toValue(id))).items,
    enabled: () => may('alerts.see_alert'),
  })
}

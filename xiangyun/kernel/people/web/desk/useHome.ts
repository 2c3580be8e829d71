/** One home: what stands in the register now, or stood on a day; every act on it makes all that shows it ask again. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { getHome, getResident } from '../api'

export function useHome(id: MaybeRefOrGetter<string>, on: MaybeRefOrGetter<string>) {
  const query = useQuery({
    queryKey: computed(() => ['people', 'home', toValue(id), toValue(on)]),
    queryFn: () => getHome(toValue(id), toValue(on) || undefined),
  })
  return { home: query.data, error: query.error, isPending: query.isPending, refetch: query.refetch }
}

export function useResident(id: MaybeRefOrGetter<string>) {
  const query = useQuery({
    queryKey: computed(() => ['people', 'resident', toValue(id)]),
    queryFn: () => getResident(toValue(id)),
  })
  return { person: query.data, error: query.error, isPending: query.isPending, refetch: query.refetch }
}

export function useRefresh(): () => Promise<void> {
  const cache = useQueryClient()
  return () => cache.invalidateQueries({ queryKey: ['people'] })
}

/** One matter. `act` does something with it and shows it as it then stands; a refusal lands in `refusal`. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import type { Act } from './acts'
import { actOn, getMatter, watchMatter } from './api'

export function useMatter(id: MaybeRefOrGetter<string>) {
  const cache = useQueryClient()
  const key = computed(() => ['work', 'matter', toValue(id)])
  const query = useQuery({
    queryKey: key,
    queryFn: () => getMatter(toValue(id)),
    enabled: () => Boolean(toValue(id)),
  })
  const settle = () => cache.invalidateQueries({ queryKey: ['work'] })
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: ({ act, told }: { act: Act; told: Record<string, unknown> }) => actOn(toValue(id), act, told),
    onSuccess: (fresh) => cache.setQueryData(key.value, fresh),
    onSettled: settle,
  })
  const watching = useMutation({
    mutationFn: (on: boolean) => watchMatter(toValue(id), on),
    onSuccess: (fresh) => cache.setQueryData(key.value, fresh),
    onSettled: settle,
  })
  return {
    matter: query.data,
    loading: query.isPending,
    failed: query.error,
    again: query.refetch,
    act: mutate,
    busy: isPending,
    refusal: error,
    forget: reset,
    watch: watching.mutate,
  }
}

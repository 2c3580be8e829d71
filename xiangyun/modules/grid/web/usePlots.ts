/** The land of a home of the register. */
import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { plotsOf, type Plot } from './api'

export function usePlots(home: Ref<string | null>): Ref<readonly Plot[]> {
  const { data } = useQuery({
    queryKey: computed(() => ['people', 'home', home.value, 'plots']),
    queryFn: () => plotsOf(home.value ?? ''),
    enabled: () => home.value !== null,
  })
  return computed(() => (home.value && data.value) || [])
}

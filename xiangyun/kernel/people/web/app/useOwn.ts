/** The records this phone may show, and the one whose page is open. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useRoute } from 'vue-router'
import { listOwn } from '../api'

export function useOwn() {
  const route = useRoute()
  const { data, error, isPending, refetch } = useQuery({ queryKey: ['people', 'me'], queryFn: listOwn })
  const id = computed(() => String(route.params.id ?? ''))
  const person = computed(() => data.value?.find((one) => one.resident === id.value))
  return { people: data, person, id, failed: error, isPending, again: refetch }
}

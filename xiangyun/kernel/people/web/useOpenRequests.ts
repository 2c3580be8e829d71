/** How many requests of people wait for an answer here. */
import { useQuery } from '@tanstack/vue-query'
import { may } from '@shared/session/session'
import { computed } from 'vue'
import { listRequests } from './api'

export function useOpenRequests() {
  const { data } = useQuery({
    queryKey: ['people', 'requests', 'open'],
    queryFn: () => listRequests({ state: 'open', limit: 1 }),
    enabled: () => may('people.answer_request'),
  })
  return computed(() => data.value?.total)
}

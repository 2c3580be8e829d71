/** What waits for somebody at the office: two values of one fact, and records a person must let in. */
import { useQuery } from '@tanstack/vue-query'
import { may } from '@shared/session/session'
import { computed } from 'vue'
import { listConflicts, listQuarantine } from './api'

const JUDGE = 'offline.judge'

export function useDifferencesCount() {
  const { data } = useQuery({
    queryKey: ['offline', 'conflicts', 'count'],
    queryFn: () => listConflicts({ state: 'office', limit: 1 }),
    enabled: () => may(JUDGE),
  })
  return computed(() => data.value?.total)
}

export function useQuarantineCount() {
  const { data } = useQuery({
    queryKey: ['offline', 'quarantine', 'count'],
    queryFn: () => listQuarantine({ limit: 1 }),
    enabled: () => may(JUDGE),
  })
  return computed(() => data.value?.total)
}

/** Who is on duty for my place, and whom of them I can call. */
import { useQuery } from '@tanstack/vue-query'
import { may, useSession } from '@shared/session/session'
import { computed } from 'vue'
import { getDuty, type Duty, type DutyPerson } from '../api'

/** Nobody calls themself; a post without a public number cannot be called. */
export function toCall(duty: Duty | undefined, me: string | undefined): DutyPerson | null {
  const line = [...(duty?.officers ?? []), ...(duty?.leader ? [duty.leader] : [])]
  return line.find(({ account, phone }) => account !== me && phone) ?? null
}

export function useDuty() {
  const { session } = useSession()
  const area = computed(() => session.value?.posts[0]?.area)
  const { data } = useQuery({
    queryKey: ['duty', area],
    queryFn: () => getDuty(area.value),
    // above the towns there is no one duty to show
    enabled: () => may('workflow.see_duty') && Boolean(area.value && session.value?.town),
    staleTime: 60_000,
  })
  return { duty: data, toCall: computed(() => toCall(data.value, session.value?.account)) }
}

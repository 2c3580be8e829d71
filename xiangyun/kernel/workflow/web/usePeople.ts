/** Who can be given something: those on duty first; whoever may list accounts can choose anybody with a post. */
import { useQuery } from '@tanstack/vue-query'
import { may } from '@shared/session/session'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { getDuty, listPeople } from './api'

export function usePeople(wanted: MaybeRefOrGetter<boolean>) {
  const { data: duty } = useQuery({
    queryKey: ['duty', 'mine'],
    queryFn: () => getDuty(),
    enabled: () => toValue(wanted),
  })
  const { data: people } = useQuery({
    queryKey: ['accounts', 'list', 'to-give-work'],
    queryFn: () => listPeople(''),
    enabled: () => toValue(wanted) && may('accounts.see_account'),
  })
  /** Account → how they are named. */
  const choices = computed(() => {
    const seen = new Map<string, string>()
    for (const shift of duty.value?.shifts ?? [])
      if (shift.is_on) seen.set(shift.account, `${shift.name} ${shift.post} ${shift.area_name}`)
    for (const one of people.value?.items ?? [])
      if (one.account && one.state === 'active' && !seen.has(one.account)) seen.set(one.account, one.name)
    return [...seen]
  })
  return { choices }
}

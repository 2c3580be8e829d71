/** My inbox: how many wait in each box, and the rows of one of them. */
import { usePages } from '@shared/api/pages'
import { useQuery } from '@tanstack/vue-query'
import { may } from '@shared/session/session'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { countInbox, listInbox } from './api'

export function useInboxCounts() {
  const { data } = useQuery({
    queryKey: ['work', 'inbox', 'counts'],
    queryFn: countInbox,
    enabled: () => may('workflow.see_work'),
  })
  return data
}

/** What waits for me: offered to me or to a post of mine, and what I have. Nothing else earns a number on the rail. */
export function useInboxCount() {
  const counts = useInboxCounts()
  return computed(() => counts.value && counts.value.todo + counts.value.doing)
}

/** The rows of a box; without one nothing is asked. */
export function useInbox(box: MaybeRefOrGetter<string | null>) {
  return usePages(
    () => ['work', 'inbox', toValue(box)],
    (paging) => listInbox({ box: toValue(box) ?? 'todo', ...paging }),
    { enabled: () => toValue(box) !== null },
  )
}

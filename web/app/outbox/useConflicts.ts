/** What differs between this phone and the town; what somebody decided meanwhile needs nothing more here. */
import { get, type Out, type Page } from '@shared/api/client'
import { differenceOver } from '@shared/offline/sync'
import { kept } from '@shared/offline/travel'
import { useSession } from '@shared/session/session'
import { useQuery } from '@tanstack/vue-query'
import { watch } from 'vue'

export type Conflict = Out<'ConflictOut'>

export function useConflicts() {
  const { session } = useSession()
  const query = useQuery({
    queryKey: ['offline', 'conflicts'],
    queryFn: async () =>
      (await get<Page<Conflict>>('/api/offline/conflicts', { query: { limit: 100 } })).items,
    enabled: () => session.value !== null,
  })
  watch(
    [query.data, () => kept.items],
    ([open]) => {
      if (!open || query.isFetching.value) return
      const undecided = new Set(open.map(({ item }) => item))
      for (const { id, state } of kept.items)
        if (state === 'conflict' && !undecided.has(id)) void differenceOver(id)
    },
    { flush: 'post' },
  )
  return query
}

/** My notices, newest first, and the receipt for each. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { useSession } from '@shared/session/session'
import { computed } from 'vue'
import { listNotices, seeNotice } from './api'

/** How many I have not confirmed. */
export function useUnseenCount() {
  const { session } = useSession()
  const { data } = useQuery({
    queryKey: ['notices', 'unseen'],
    queryFn: () => listNotices({ unseen: true, limit: 100 }),
    enabled: () => session.value !== null,
    select: (page) => page.total ?? page.items.length,
  })
  return computed(() => data.value ?? 0)
}

export function useNotices() {
  const cache = useQueryClient()
  const query = useInfiniteQuery({
    queryKey: ['notices', 'list'],
    queryFn: ({ pageParam }) => listNotices({ limit: 20, cursor: pageParam }),
    initialPageParam: null as string | null,
    getNextPageParam: (last) => last.next,
  })
  const receipt = useMutation({
    mutationFn: seeNotice,
    onSettled: () => cache.invalidateQueries({ queryKey: ['notices'] }),
  })
  return {
    notices: computed(() => query.data.value?.pages.flatMap(({ items }) => items)),
    failed: query.error,
    again: query.refetch,
    more: query.hasNextPage,
    loadMore: query.fetchNextPage,
    see: receipt.mutate,
    seeing: computed(() => (receipt.isPending.value ? receipt.variables.value : undefined)),
    refusal: receipt.error,
  }
}

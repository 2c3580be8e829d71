/** A list endpoint as rows that grow page by page; the count and the next page come from the server. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import type { Page } from './client'

export function usePages<T>(
  key: MaybeRefOrGetter<unknown[]>,
  ask: (paging: { limit: number; cursor: string | undefined }) => Promise<Page<T>>,
  { limit = 100, enabled = true }: { limit?: number; enabled?: MaybeRefOrGetter<boolean> } = {},
) {
  const query = useInfiniteQuery({
    queryKey: computed(() => toValue(key)),
    queryFn: ({ pageParam }) => ask({ limit, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled: () => toValue(enabled),
  })
  return {
    rows: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []),
    total: computed(() => query.data.value?.pages[0]?.total ?? null),
    hasMore: query.hasNextPage,
    more: () => void query.fetchNextPage(),
    loadingMore: query.isFetchingNextPage,
    loaded: computed(() => query.data.value !== undefined),
    isPending: query.isPending,
    error: query.error,
    refetch: query.refetch,
  }
}

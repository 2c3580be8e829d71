/** A list endpoint as rows that grow page by page; the count and the next page come from the server. */
import { keepPreviousData, useInfiniteQuery } from '@tanstack/vue-query'
import { computed, reactive, toValue, type MaybeRefOrGetter } from 'vue'
import type { Page } from './client'

/** What has come of a list so far, and the two things that can be asked of it. */
export interface Pages<T> {
  readonly rows: T[]
  readonly total: number | null
  readonly hasMore: boolean
  readonly loadingMore: boolean
  /** Something came at least once. */
  readonly loaded: boolean
  readonly isPending: boolean
  readonly error: unknown
  more(): void
  refetch(): void
}

export function usePages<T>(
  key: MaybeRefOrGetter<unknown[]>,
  ask: (paging: { limit: number; cursor: string | undefined }) => Promise<Page<T>>,
  { limit = 100, enabled = true }: { limit?: number; enabled?: MaybeRefOrGetter<boolean> } = {},
): Pages<T> {
  const query = useInfiniteQuery({
    queryKey: computed(() => toValue(key)),
    queryFn: ({ pageParam }) => ask({ limit, cursor: pageParam }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (last) => last.next ?? undefined,
    placeholderData: keepPreviousData,
    enabled: () => toValue(enabled),
  })
  return reactive({
    rows: computed(() => query.data.value?.pages.flatMap(({ items }) => items) ?? []),
    total: computed(() => query.data.value?.pages[0]?.total ?? null),
    hasMore: query.hasNextPage,
    loadingMore: query.isFetchingNextPage,
    loaded: computed(() => query.data.value !== undefined),
    isPending: query.isPending,
    error: query.error,
    more: () => void query.fetchNextPage(),
    refetch: () => void query.refetch(),
  }) as Pages<T>
}

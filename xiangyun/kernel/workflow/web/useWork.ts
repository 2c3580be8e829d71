/** Work of my places, live; an answer lands in the list and in the open item at once. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { may } from '@shared/session/session'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { answer, getWork, listWork, type Move, reassign, type Work } from './api'

/** Nobody has it: nobody could be asked, or who was asked let the time pass. Until then somebody is being asked. */
export function nobodyHas({ state, is_unaccepted, assignee, take_by_at }: Work, now: number): boolean {
  if (state !== 'open') return false
  return is_unaccepted || !assignee || (take_by_at !== null && +new Date(take_by_at) <= now)
}

/** What waits for me: offered and not yet taken, or taken and not yet done. Nothing else earns a number on the rail. */
export function useMyWorkCount() {
  const query = (state: 'open' | 'taken') =>
    useQuery({
      queryKey: ['work', 'count', state],
      queryFn: () => listWork({ mine: true, state, limit: 100 }),
      enabled: () => may('workflow.see_work'),
      select: (page) => page.total ?? page.items.length,
    })
  const offered = query('open')
  const taken = query('taken')
  return computed(() => (offered.data.value ?? 0) + (taken.data.value ?? 0))
}

/** Everything not yet done in my places. */
export function useOpenWork() {
  return useQuery({
    queryKey: ['work', 'list', 'undone'],
    queryFn: async () => {
      const [open, taken] = await Promise.all([
        listWork({ state: 'open', limit: 200 }),
        listWork({ state: 'taken', limit: 200 }),
      ])
      return [...open.items, ...taken.items].sort((a, b) => a.due_at.localeCompare(b.due_at))
    },
  })
}

export function useDoneWork(wanted: MaybeRefOrGetter<boolean>) {
  return useQuery({
    queryKey: ['work', 'list', 'done'],
    queryFn: async () => (await listWork({ state: 'done', limit: 100 })).items,
    enabled: () => toValue(wanted),
  })
}

/** One work item. `move` answers it; a refusal lands in `refusal`. */
export function useWork(id: MaybeRefOrGetter<string | undefined>) {
  const cache = useQueryClient()
  const key = computed(() => ['work', 'item', toValue(id)])
  const query = useQuery({
    queryKey: key,
    queryFn: () => getWork(toValue(id) ?? ''),
    enabled: () => Boolean(toValue(id)),
  })
  const { mutate, isPending, error, reset } = useMutation({
    mutationFn: ({ move, note, account }: { move: Move; note: string; account?: string }) =>
      move === 'reassign'
        ? reassign(toValue(id) ?? '', account ?? '', note)
        : answer(toValue(id) ?? '', move, note),
    onSettled: () => cache.invalidateQueries({ queryKey: ['work'] }),
  })
  return {
    item: query.data,
    loading: query.isPending,
    failed: query.error,
    again: query.refetch,
    move: mutate,
    busy: isPending,
    refusal: error,
    forget: reset,
  }
}

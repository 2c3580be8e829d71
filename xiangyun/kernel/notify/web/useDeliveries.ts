/** Messages that went out of the town, and those of which nobody knows whether they went. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { may } from '@shared/session/session'
import { computed } from 'vue'
import { judge, listDeliveries } from './api'

const KEY = ['notices', 'deliveries']
const MOST = 20
const LOOKED_EVERY_MS = 60_000

/** How many somebody must look at. */
export function useUnsureCount() {
  const { data } = useQuery({
    queryKey: [...KEY, 'count'],
    queryFn: () => listDeliveries({ state: 'unsure', limit: 1 }),
    enabled: () => may('notify.see_channel'),
    refetchInterval: LOOKED_EVERY_MS,
    select: (page) => page.total ?? 0,
  })
  return computed(() => data.value ?? 0)
}

export function useDeliveries() {
  const cache = useQueryClient()
  const query = useQuery({
    queryKey: [...KEY, 'list'],
    queryFn: async () => {
      const [unsure, latest] = await Promise.all([
        listDeliveries({ state: 'unsure', limit: MOST }),
        listDeliveries({ limit: MOST }),
      ])
      return [...unsure.items, ...latest.items.filter((one) => one.state !== 'unsure')]
    },
  })
  const decide = useMutation({
    mutationFn: ({ id, act }: { id: string; act: 'again' | 'leave' }) => judge(id, act),
    onSettled: () => cache.invalidateQueries({ queryKey: ['notices'] }),
  })
  return { deliveries: query.data, failed: query.error, again: query.refetch, decide }
}

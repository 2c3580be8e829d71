/** What waits for somebody, live, with what its alert knew; nothing sealed comes to the wall. */
import { get, type Page } from '@shared/api/client'
import { may } from '@shared/session/session'
import { usePlace } from '@shared/wall/place'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { getDuty, listWork, type AlertFacts } from '../api'

type Known = AlertFacts & { title: string }
import { incidents } from './incidents'

export function useIncidents() {
  const { town } = usePlace()
  const { locale } = useI18n()
  const work = useQuery({
    queryKey: ['work', 'wall', locale],
    queryFn: async () => {
      const [open, taken] = await Promise.all([
        listWork({ state: 'open', is_sealed: false, limit: 200 }),
        listWork({ state: 'taken', is_sealed: false, limit: 200 }),
      ])
      return [...open.items, ...taken.items]
    },
    refetchInterval: 60_000,
  })
  const alerts = useQuery({
    queryKey: ['alerts', 'wall', locale],
    enabled: () => may('alerts.see_alert'),
    queryFn: async () => {
      const { items } = await get<Page<Known>>('/api/alerts', { query: { state: 'open', limit: 200 } })
      return new Map(items.map((one) => [one.id, one]))
    },
  })
  const found = computed(() =>
    incidents(
      (work.data.value ?? []).filter(({ area }) => area === town.value || area.startsWith(`${town.value}.`)),
    ),
  )
  return {
    found,
    alerts: computed(() => alerts.data.value ?? new Map<string, Known>()),
    loading: work.isPending,
    failed: work.error,
    again: work.refetch,
  }
}

/** Who is on duty for the town of the wall. */
export function useDuty() {
  const { town } = usePlace()
  return useQuery({
    queryKey: ['work', 'duty', town],
    enabled: () => town.value !== '' && may('workflow.see_duty'),
    queryFn: () => getDuty(town.value),
    refetchInterval: 300_000,
  })
}

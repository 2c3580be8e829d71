/** Reports, live: what is asked of the server, and what is done to one of them. */
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { Unreachable } from '@shared/api/refusal'
import { useLive } from '@shared/live/live'
import { may } from '@shared/session/session'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import { actOn, getReport, listCategories, listLikely, listReports, type Door, type WholeReport } from './api'
import { useActing } from './useActing'

export function useCategories() {
  const { locale, t } = useI18n()
  const { data, error, refetch } = useQuery({
    queryKey: computed(() => ['grid', 'categories', locale.value]),
    queryFn: () =>
      listCategories().catch(async (fault: unknown) => {
        if (!(fault instanceof Unreachable)) throw fault
        const items = (await import('./app/byOutbox')).categoriesHere()
        if (!items) throw fault
        return { items, danger: t('grid.app.danger') }
      }),
    staleTime: 600_000,
  })
  const items = computed(() => data.value?.items ?? [])
  return {
    items,
    danger: computed(() => data.value?.danger ?? ''),
    loaded: computed(() => data.value !== undefined),
    failed: error,
    again: () => void refetch(),
    named: (code: string) => items.value.find((one) => one.code === code),
  }
}

/** What happened to a matter is heard; its report is asked anew. */
export function useGridLive(): void {
  const cache = useQueryClient()
  useLive(['work'], () => void cache.invalidateQueries({ queryKey: ['grid', 'reports'] }))
}

/** Reports that wait for somebody like me: to be looked at, judged, or checked. */
export const STEPS = [
  { state: 'reported', needs: 'grid.verify_report' },
  { state: 'verified', needs: 'grid.classify_report' },
  { state: 'result', needs: 'grid.check_report' },
] as const
export type Waiting = (typeof STEPS)[number]['state']

export function useWaiting() {
  const counts = STEPS.map(({ state, needs }) =>
    useQuery({
      queryKey: ['grid', 'reports', 'waiting', state],
      queryFn: async () => {
        const page = await listReports({ state, limit: 1 })
        return page.total ?? page.items.length
      },
      enabled: () => may('grid.see_report') && may(needs),
    }),
  )
  return {
    of: (state: Waiting) => counts[STEPS.findIndex((one) => one.state === state)]?.data.value ?? 0,
    total: computed(() => counts.reduce((sum, { data }) => sum + (data.value ?? 0), 0)),
  }
}

export function useWaitingCount() {
  return useWaiting().total
}

/** One report. `act` does something with it and shows it as it then stands; a refusal lands in `refusal`. */
export function useReport(id: MaybeRefOrGetter<string>) {
  const key = computed(() => ['grid', 'reports', 'item', toValue(id)])
  const query = useQuery({
    queryKey: key,
    queryFn: () => getReport(toValue(id)),
    enabled: () => Boolean(toValue(id)),
  })
  const likely = useQuery({
    queryKey: computed(() => ['grid', 'reports', 'likely', toValue(id)]),
    queryFn: () => listLikely(toValue(id)),
    enabled: () => may('grid.verify_report') && Boolean(query.data.value) && !query.data.value?.closed_at,
  })
  const acting = useActing<Door, WholeReport>(key, (door, body) => actOn(toValue(id), door, body))
  return {
    report: query.data,
    failed: query.error,
    again: () => void query.refetch(),
    likely: computed(() => likely.data.value ?? []),
    ...acting,
  }
}

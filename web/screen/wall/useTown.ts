/** Which town stands on the wall: the one asked for, else the viewer's own, else the first one run here. */
import { get, type Out, type Page } from '@shared/api/client'
import { useSession } from '@shared/session/session'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { useRoute } from 'vue-router'

export type Area = Out<'AreaOut'>

const TOWN_DEPTH = 4

export function useTown() {
  const { session } = useSession()
  const { locale } = useI18n()
  const route = useRoute()
  const own = computed(() => {
    const path = session.value?.posts[0]?.area ?? ''
    const parts = path.split('.')
    return parts.length >= TOWN_DEPTH ? parts.slice(0, TOWN_DEPTH).join('.') : ''
  })
  const seesSeveral = computed(() => !own.value)
  const towns = useQuery({
    queryKey: ['areas', 'towns', locale],
    enabled: seesSeveral,
    queryFn: () => get<Page<Area>>('/api/areas', { query: { level: 'town', limit: 200 } }),
    select: ({ items }) => items.filter((one) => one.is_run_here),
  })
  const path = computed(() => {
    const asked = typeof route.query.town === 'string' ? route.query.town : ''
    return (seesSeveral.value && asked) || own.value || towns.data.value?.[0]?.path || ''
  })
  const parents = computed(() => {
    const parts = path.value.split('.')
    return [TOWN_DEPTH, TOWN_DEPTH - 1, TOWN_DEPTH - 2].map((n) => parts.slice(0, n).join('.'))
  })
  const names = useQuery({
    queryKey: ['areas', 'names', path, locale],
    enabled: computed(() => path.value !== ''),
    staleTime: 3_600_000,
    queryFn: () =>
      Promise.all(
        parents.value.map((one) => get<Area>('/api/areas/{path}', { path: { path: one } }).catch(() => null)),
      ),
  })
  return {
    path,
    towns: computed(() => towns.data.value ?? []),
    name: computed(() => names.data.value?.[0]?.name ?? ''),
    above: computed(() => (names.data.value ?? []).slice(1).flatMap((one) => (one ? [one.name] : []))),
  }
}

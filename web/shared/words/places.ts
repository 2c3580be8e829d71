/** Names of places from their paths, for lists that carry only a path. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { get, type Page } from '../api/client'
import { useSession } from '../session/session'

interface Place {
  path: string
  name: string
}

export function usePlaces() {
  const { session } = useSession()
  const town = computed(() => session.value?.town ?? '')
  const { data } = useQuery({
    queryKey: computed(() => ['areas', 'names', town.value]),
    queryFn: async () =>
      new Map(
        (await get<Page<Place>>('/api/areas', { query: { parent: town.value, limit: 200 } })).items.map(
          ({ path, name }) => [path, name],
        ),
      ),
    enabled: () => town.value !== '',
    staleTime: 600_000,
  })

  /** The nearest place with a name: a grid is called by its village. */
  function place(path: string): string {
    for (let at = path; at; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) {
      const name = data.value?.get(at)
      if (name) return name
      if (at === town.value) return session.value?.town_name ?? at
    }
    return path
  }

  return { place, villages: computed(() => [...(data.value ?? [])].map(([path, name]) => ({ path, name }))) }
}

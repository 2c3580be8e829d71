/** The places somebody may choose for a table: the town and its villages, as far as their posts reach. */
import { useSession } from '@shared/session/session'
import { usePlaces } from '@shared/words/places'
import { computed } from 'vue'

export function useOwnPlaces() {
  const { session } = useSession()
  const { villages } = usePlaces()
  return computed(() => {
    const town = session.value?.town
    const all = town ? [{ path: town, name: session.value?.town_name ?? town }, ...villages.value] : []
    const posts = session.value?.posts.map(({ area }) => area) ?? []
    return all.filter(({ path }) => posts.some((own) => path === own || path.startsWith(`${own}.`)))
  })
}

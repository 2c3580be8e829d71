/** What this person may bring in, take out and fill in. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { listKinds, type Kinds } from '../api'

const NONE: Kinds = { imports: [], exports: [], facts: [], rolls: [] }

export function useKinds() {
  const { locale } = useI18n()
  const { data } = useQuery({
    queryKey: computed(() => ['exchange', 'kinds', locale.value]),
    queryFn: listKinds,
    staleTime: 600_000,
  })
  return computed(() => data.value ?? NONE)
}

/** Whose home, and which of its land: from the pack that is open on this phone, else from the register. */
import { calledAfter, matching, shownName } from '@shared/people/told'
import { may } from '@shared/session/session'
import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'
import { findHomes, type Plot } from '../api'
import { usePlots } from '../usePlots'
import type { HomeHere } from './byOutbox'

export interface HomePlace {
  id: string
  said: string
}

const MOST = 8

export function useHomePlaces(words: Ref<string>, chosen: Ref<HomePlace | null>) {
  const { t } = useI18n()
  const asks = may('grid.verify_report') && may('people.see_home')
  const pack = shallowRef<HomeHere[]>([])
  if (asks) void import('./byOutbox').then(({ homesHere }) => (pack.value = homesHere() ?? []))
  const said = (name: string, place: string, number: string) =>
    t('grid.tell.home_of', { name, place, number })

  const here = computed((): HomePlace[] => {
    if (!words.value) return []
    const found = matching(pack.value, words.value, ({ number, members }) => [
      number,
      ...members.map(({ name }) => shownName(name)),
    ])
    return found
      .slice(0, MOST)
      .map((one) => ({ id: one.id, said: said(calledAfter(one), one.area_name, one.number) }))
  })
  const { data: there } = useQuery({
    queryKey: computed(() => ['people', 'search', 'homes', words.value]),
    queryFn: () => findHomes(words.value),
    enabled: () => asks && words.value !== '' && here.value.length === 0,
    gcTime: 0,
  })
  /** Undefined until something is known. */
  const homes = computed((): HomePlace[] | undefined =>
    here.value.length
      ? here.value
      : there.value?.flatMap(({ household, name, area_name }) =>
          household ? { id: household.id, said: said(name, area_name, household.number) } : [],
        ),
  )

  const known = computed(() => pack.value.find(({ id }) => id === chosen.value?.id))
  const asked = usePlots(computed(() => (asks && !known.value ? (chosen.value?.id ?? null) : null)))
  const plots = computed((): readonly Plot[] => known.value?.plots ?? asked.value)
  return { asks, homes, plots }
}

/** The code lists of the register in words, and how a fact of it is said. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import { listCodes } from './api'

/** Fact → the list its code is of; `kind` is told apart by what it is a fact of. */
const LISTS: Record<string, string> = {
  document: 'document',
  sex: 'sex',
  ethnicity: 'ethnicity',
  education: 'education',
  marriage: 'marriage',
  political: 'political',
  hukou: 'hukou',
  insurance: 'insurance',
  safety_grade: 'safety_grade',
  water: 'water',
  toilet: 'toilet',
  heating: 'heating',
  relation: 'kinship',
  began_by: 'membership_begins',
  ended_by: 'membership_ends',
  disability: 'disability_class',
  grade: 'disability_grade',
}
const KINDS: Record<string, string> = { household: 'household_kind', plot: 'land_kind', mark: 'care' }

export const listOf = (fact: string, of?: string): string | undefined =>
  fact === 'kind' ? KINDS[of ?? 'household'] : LISTS[fact]

export function useCodes() {
  const { t, locale } = useI18n()
  const { data } = useQuery({
    queryKey: computed(() => ['people', 'codes', locale.value]),
    queryFn: listCodes,
    staleTime: Infinity,
  })
  const lists = computed(
    () =>
      new Map(
        data.value?.map(({ id, codes }) => [id, new Map(codes.map((one) => [one.code, one.name]))] as const),
      ),
  )
  const options = (list: string) => data.value?.find(({ id }) => id === list)?.codes ?? []

  function word(list: string, code: string | null | undefined): string {
    return code ? (lists.value.get(list)?.get(code) ?? code) : ''
  }

  /** A value as the wire tells it, in words; empty where there is none. */
  function say(fact: string, value: unknown, of?: string): string {
    if (value === null || value === undefined || value === '') return ''
    if (Array.isArray(value))
      return value.map((one) => say(fact, one, of)).join(locale.value === 'zh-Hans' ? '、' : ', ')
    if (typeof value === 'boolean' || value === 'True' || value === 'False')
      return t(String(value).toLowerCase() === 'true' ? 'people.desk.yes' : 'people.desk.no')
    const list = listOf(fact, of)
    if (!list) return String(value)
    return String(value)
      .split('、')
      .map((one) => word(list, one))
      .join(locale.value === 'zh-Hans' ? '、' : ', ')
  }

  return { options, word, say }
}

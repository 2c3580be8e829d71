/** Lists of the pack in the language of the page. */
import { useI18n } from 'vue-i18n'
import type { List } from './told'

export interface Option {
  code: string
  name: string
}

export function useLists(lists: () => readonly List[]) {
  const { locale } = useI18n()
  const options = (list: string): Option[] =>
    (lists().find(({ id }) => id === list)?.codes ?? []).map(({ code, zh, en }) => ({
      code,
      name: locale.value === 'en' ? en : zh,
    }))
  /** A code without its list is said as it is. */
  const word = (list: string, code: unknown): string =>
    options(list).find((one) => one.code === code)?.name ?? String(code ?? '')
  return { options, word }
}

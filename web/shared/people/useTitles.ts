/** What stands on items written about people, in words that name nobody. */
import { useI18n } from 'vue-i18n'
import type { Act } from './told'

export function useTitles(): () => Record<Act, string> {
  const { t } = useI18n()
  return () => ({
    join: t('shared.people.title.join'),
    change: t('shared.people.title.change'),
    leave: t('shared.people.title.leave'),
  })
}

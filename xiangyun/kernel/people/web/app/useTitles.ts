/** What stands on items written about a home and its people, in words that name nobody. */
import { useI18n } from 'vue-i18n'

export function useTitles() {
  const { t } = useI18n()
  return (home: string) => ({
    home: t(home),
    join: t('people.app.title_join'),
    change: t('people.app.title_change'),
    leave: t('people.app.title_leave'),
  })
}

/** What I reported, the latest first. */
import { usePages } from '@shared/api/pages'
import { useLive } from '@shared/live/live'
import { useI18n } from 'vue-i18n'
import { listMine } from '../api'

export function useMine() {
  const { locale } = useI18n()
  const list = usePages(
    () => ['grid', 'mine', 'list', locale.value],
    (paging) => listMine(paging),
    { limit: 50 },
  )
  useLive(['work'], () => list.refetch())
  return list
}

/** How one work item stands, in the words and colours of the phone. */
import type { ChipState } from '@shared/ui/StateChip.vue'
import { useTimes } from '@shared/words/time'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Work } from '../api'

export interface Chip {
  state: ChipState
  words: string
}

export function useWorkState(given: MaybeRefOrGetter<Work>) {
  const { t } = useI18n()
  const { deadline, span, now } = useTimes()
  const work = computed(() => toValue(given))
  const clock = computed(() => deadline(work.value.due_at, work.value.offered_at))

  /** Several are true at once: late and in hand. */
  const chips = computed<Chip[]>(() => {
    const { state, outcome, is_unaccepted, assignee } = work.value
    if (state === 'done') return [{ state: 'done', words: t(`workflow.outcome.${outcome ?? 'done'}`) }]
    const found: Chip[] = []
    if (clock.value.state === 'over') found.push({ state: 'late', words: clock.value.words })
    else if (clock.value.state === 'soon') found.push({ state: 'soon', words: t('workflow.app.soon') })
    if (state === 'taken') found.push({ state: 'ok', words: t('workflow.state.taken') })
    else if (is_unaccepted || !assignee) found.push({ state: 'soon', words: t('workflow.state.nobody') })
    else if (found.length === 0) found.push({ state: 'todo', words: t('workflow.title') })
    return found
  })
  const left = computed(() =>
    work.value.state !== 'done' && clock.value.state !== 'over' && clock.value.state !== 'none'
      ? clock.value.words
      : '',
  )
  /** While it is only offered: how long until the next person is asked. */
  const takeWithin = computed(() => {
    const { state, take_by_at } = work.value
    const ms = take_by_at ? +new Date(take_by_at) - now.value : 0
    return state === 'open' && ms > 0 ? t('workflow.app.take_within', { span: span(ms) }) : ''
  })
  return { clock, chips, left, takeWithin }
}

/** With what the facts of one item are read on this page. */
import type { Copy } from '@shared/offline/outbox'
import { useOpened } from '@shared/offline/pack'
import { useTimes } from '@shared/words/time'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Reading } from './facts'

export function useReading(copy: () => Copy | null) {
  const { t, te, locale } = useI18n()
  const { date } = useTimes()
  const opened = useOpened()
  return computed<Reading>(() => {
    const told = copy()
    return {
      form: told?.item.form ?? '',
      pack: opened.value?.pack ?? null,
      shown: told?.shown ?? {},
      isEnglish: locale.value === 'en',
      date,
      say: (key) => (te(`app.mend.${key}`) ? t(`app.mend.${key}`) : null),
    }
  })
}

/** Today as farmers say it: date, weekday, day of the lunar calendar. */
import { useNow, ZONE } from '@shared/words/time'
import { computed } from 'vue'
import { useI18n } from 'vue-i18n'

/** 四月廿六; only where the phone knows the calendar. */
export function lunarDay(at: number): string {
  try {
    const parts = new Intl.DateTimeFormat('zh-CN-u-ca-chinese', {
      timeZone: ZONE,
      month: 'long',
      day: 'numeric',
    }).formatToParts(at)
    const part = (type: string) => parts.find((one) => one.type === type)?.value ?? ''
    const month = part('month')
    const day = Number(part('day'))
    return /月$/.test(month) && day >= 1 && day <= 30 ? `${month}${DAYS[day - 1]}` : ''
  } catch {
    return ''
  }
}

const ONES = '一二三四五六七八九十'
const DAYS = [
  ...[...ONES].map((n) => `初${n}`),
  ...[...'一二三四五六七八九'].map((n) => `十${n}`),
  '二十',
  ...[...'一二三四五六七八九'].map((n) => `廿${n}`),
  '三十',
]

export function useCalendar() {
  const { locale } = useI18n()
  const now = useNow()
  const isChinese = computed(() => locale.value === 'zh-Hans')
  const format = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(isChinese.value ? 'zh-CN' : locale.value, { timeZone: ZONE, ...options }).format(
      now.value,
    )
  return {
    /** Where a month has a name it is the short one: the line is half a phone wide. */
    date: computed(() => format({ month: isChinese.value ? 'long' : 'short', day: 'numeric' })),
    weekday: computed(() => format({ weekday: 'long' })),
    lunar: computed(() => (isChinese.value ? lunarDay(now.value) : '')),
  }
}

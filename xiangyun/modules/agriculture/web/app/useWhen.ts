/** A time ahead as it is said in the village: 明天晚上 8 点. */
import { dayOf, useTimes, ZONE } from '@shared/words/time'
import { useI18n } from 'vue-i18n'

const DAY = 86_400_000

/** Which part of the day an hour belongs to. */
export function partOf(hour: number): 'night' | 'morning' | 'noon' | 'afternoon' | 'evening' {
  if (hour < 5) return 'night'
  if (hour < 11) return 'morning'
  if (hour < 13) return 'noon'
  return hour < 18 ? 'afternoon' : 'evening'
}

export function useWhen() {
  const { t, locale } = useI18n()
  const { now, date, clock } = useTimes()

  function when(at: string): string {
    const ms = +new Date(at)
    const days = [0, 1, 2].find((n) => dayOf(ms) === dayOf(now.value + n * DAY))
    const day = days === undefined ? date(ms) : t(`agriculture.app.day_${days}`)
    if (locale.value !== 'zh-Hans') return `${day} ${clock(ms)}`
    const parts = new Intl.DateTimeFormat('en-GB', {
      timeZone: ZONE,
      hour: 'numeric',
      minute: 'numeric',
    }).formatToParts(ms)
    const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0)
    const hour = part('hour') % 24
    const minute = part('minute')
    const said = hour > 12 ? hour - 12 : hour
    return `${day}${t(`agriculture.app.part_${partOf(hour)}`)} ${said} 点${minute === 30 ? '半' : minute ? ` ${minute} 分` : ''}`
  }
  return { when }
}

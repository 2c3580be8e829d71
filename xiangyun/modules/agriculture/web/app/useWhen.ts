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

function hourOf(ms: number): { hour: number; minute: number } {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone: ZONE,
    hour: 'numeric',
    minute: 'numeric',
  }).formatToParts(ms)
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value ?? 0)
  return { hour: part('hour') % 24, minute: part('minute') }
}

export function useWhen() {
  const { t, locale } = useI18n()
  const { now, date, clock } = useTimes()

  /** Far ahead the day is enough; midnight belongs to the day that ends. */
  function when(at: string): string {
    const ms = +new Date(at)
    const { hour, minute } = hourOf(ms)
    const isMidnight = hour === 0 && minute === 0
    const day = ms - (isMidnight ? 1 : 0)
    const ahead = [0, 1, 2].find((n) => dayOf(day) === dayOf(now.value + n * DAY))
    if (ahead === undefined) return date(day)
    const name = t(`agriculture.app.day_${ahead}`)
    if (locale.value !== 'zh-Hans') return `${name} ${isMidnight ? '24:00' : clock(ms)}`
    const said = isMidnight ? 12 : hour > 12 ? hour - 12 : hour
    const rest = minute === 30 ? '半' : minute ? ` ${minute} 分` : ''
    return `${name}${t(`agriculture.app.part_${partOf(hour)}`)} ${said} 点${rest}`
  }
  return { when }
}

/** Times in words: relative on the same day, absolute after; running clocks count down. */
import { ref, type Ref } from 'vue'
import { useI18n } from 'vue-i18n'

/** Every town we serve keeps Beijing time; the reader's own zone does not matter. */
export const ZONE = 'Asia/Shanghai'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const now = ref(Date.now())
let ticking = false

/** One clock for the page, moved every ten seconds. */
export function useNow(): Ref<number> {
  if (!ticking && typeof window !== 'undefined') {
    ticking = true
    setInterval(() => (now.value = Date.now()), 10_000)
    document.addEventListener('visibilitychange', () => (now.value = Date.now()))
  }
  return now
}

export function dayOf(at: number | string | Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: ZONE }).format(new Date(at))
}

export interface Clock {
  /** `soon`: 80 % used, or due today and not just given (20 % used); `left`: before that; `over` past; `paused` stopped. */
  state: 'left' | 'soon' | 'over' | 'paused' | 'none'
  words: string
  /** Share of the time used, 0–1. */
  used: number
}

export function useTimes() {
  const { t, locale } = useI18n()
  const tick = useNow()
  const code = () => (locale.value === 'zh-Hans' ? 'zh-CN' : locale.value)
  const format = (at: number, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(code(), { timeZone: ZONE, hourCycle: 'h23', ...options }).format(at)

  const clock = (at: string | number | Date): string =>
    format(+new Date(at), { hour: '2-digit', minute: '2-digit' })

  const date = (at: string | number | Date): string => {
    const ms = +new Date(at)
    const sameYear = dayOf(ms).slice(0, 4) === dayOf(tick.value).slice(0, 4)
    const [year = '', month = '', day = ''] = dayOf(ms).split('-')
    if (!sameYear) return `${year}-${month}-${day}`
    return locale.value === 'zh-Hans'
      ? `${Number(month)}月${Number(day)}日`
      : format(ms, { month: 'short', day: 'numeric' })
  }

  /** Date and minute, for hover and for histories. */
  const absolute = (at: string | number | Date): string => `${date(at)} ${clock(at)}`

  /** A deadline: one that ends with a day is said by that day (24:00), not by the next. */
  const until = (at: string | number | Date): string =>
    clock(at) === '00:00' ? `${date(+new Date(at) - 1)} 24:00` : absolute(at)

  /** 9月17日 星期四 */
  const today = (): string => `${date(tick.value)} ${format(tick.value, { weekday: 'long' })}`

  const span = (ms: number): string => {
    const minutes = Math.max(0, Math.floor(ms / MINUTE))
    if (minutes < 1) return t('shared.time.under_a_minute')
    if (minutes < 60) return t('shared.time.minutes', { n: minutes }, minutes)
    const hours = Math.floor(minutes / 60)
    if (hours < 6 && minutes % 60)
      return `${t('shared.time.hours', { n: hours }, hours)} ${t('shared.time.short_minutes', { n: minutes % 60 }, minutes % 60)}`
    if (hours < 24) return t('shared.time.hours', { n: hours }, hours)
    const days = Math.floor(hours / 24)
    const rest = hours % 24
    const whole = t('shared.time.days', { n: days }, days)
    return days < 3 && rest ? `${whole} ${t('shared.time.hours', { n: rest }, rest)}` : whole
  }

  /** Relative on the same day, absolute after. */
  const ago = (at: string | number | Date): string => {
    const ms = +new Date(at)
    const past = tick.value - ms
    if (past < -MINUTE) return dayOf(ms) === dayOf(tick.value) ? clock(ms) : absolute(ms)
    if (past < MINUTE) return t('shared.time.just_now')
    if (dayOf(ms) !== dayOf(tick.value) && past > 6 * HOUR) return absolute(ms)
    if (past < HOUR)
      return t('shared.time.minutes_ago', { n: Math.floor(past / MINUTE) }, Math.floor(past / MINUTE))
    return t('shared.time.hours_ago', { n: Math.floor(past / HOUR) }, Math.floor(past / HOUR))
  }

  /** A deadline in words, with the share of its time already used. */
  const deadline = (
    dueAt: string | null | undefined,
    openedAt?: string | null,
    pausedAt?: string | null,
  ): Clock => {
    if (pausedAt) {
      const days = Math.floor((tick.value - +new Date(pausedAt)) / DAY) + 1
      return { state: 'paused', words: t('shared.time.paused', { n: days }, days), used: 0 }
    }
    if (!dueAt) return { state: 'none', words: t('shared.time.no_deadline'), used: 0 }
    const due = +new Date(dueAt)
    const left = due - tick.value
    if (left <= 0) return { state: 'over', words: t('shared.time.over', { span: span(-left) }), used: 1 }
    const whole = openedAt ? due - +new Date(openedAt) : DAY
    const used = Math.min(1, Math.max(0, 1 - left / Math.max(whole, 1)))
    const soon = used >= (dayOf(due) === dayOf(tick.value) ? 0.2 : 0.8)
    return { state: soon ? 'soon' : 'left', words: t('shared.time.left', { span: span(left) }), used }
  }

  return { now: tick, clock, date, absolute, until, today, span, ago, deadline }
}

const OFFSET = 8 * HOUR

/** What a `datetime-local` field holds for a moment, in the town's own time. */
export function toField(at: number | Date): string {
  return new Date(+at + OFFSET).toISOString().slice(0, 16)
}

/** The moment such a field means. */
export function fromField(text: string): string {
  return `${text}:00+08:00`
}

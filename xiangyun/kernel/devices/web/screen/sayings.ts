/** How a silence is said: which devices of which place, since when. */
import { dayOf, useTimes } from '@shared/words/time'
import { useI18n } from 'vue-i18n'
import type { Unseen } from './unseen'

export function useSayings() {
  const { t } = useI18n()
  const { absolute, clock, now } = useTimes()

  const what = ({ devices }: Unseen): string => {
    const [first] = devices
    if (!first) return ''
    if (devices.length === 1)
      return first.name.includes(first.area_name) ? first.name : `${first.area_name} ${first.name}`
    const isOnePlace = devices.every(({ area }) => area === first.area)
    const place = { place: first.area_name, n: devices.length }
    return isOnePlace
      ? t('devices.screen.several', place, devices.length)
      : t('devices.screen.several_places', place, devices.length)
  }

  const since = ({ devices, since: at }: Unseen): string => {
    const state = devices[0]?.state
    if (state === 'maintenance') return t('devices.state.maintenance')
    if (!at) return t('devices.screen.never')
    const isToday = dayOf(at) === dayOf(now.value)
    const isYesterday = dayOf(at) === dayOf(now.value - 86_400_000)
    return t(isYesterday ? 'devices.screen.since_yesterday' : 'devices.screen.since', {
      at: isToday || isYesterday ? clock(at) : absolute(at),
    })
  }

  return { what, since }
}

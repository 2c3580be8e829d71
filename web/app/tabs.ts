/** Which tabs a person has: the features' own for the mode, then the village and 我的; never more than four. */
import { House, MapPinned, UserRound } from '@lucide/vue'
import { ordered, type Feature, type Tab } from '@shared/feature'
import type { Mode } from '@shared/phone/preferences'

export const MOST = 4
const HOME: Tab = { to: '/', title: 'app.tab.home', icon: House, order: 0 }
const OWN: Tab[] = [
  { to: '/village', title: 'app.tab.village', icon: MapPinned, order: 80 },
  { to: '/me', title: 'app.tab.me', icon: UserRound, order: 90 },
]

/** Who works with the phone begins with the day's list; everybody else with the big words. */
export function tabsFor(features: readonly Feature[], mode: Mode, may: (need?: string) => boolean): Tab[] {
  const own = ordered([...features.map(({ app }) => app?.tabs), OWN]).filter(
    (tab) => may(tab.needs) && (!tab.mode || tab.mode === mode),
  )
  const startsElsewhere = mode === 'plain' && (own[0]?.order ?? 50) < 10
  const tabs = startsElsewhere ? own : [HOME, ...own]
  // the village and 我的 keep their places
  return tabs.length <= MOST ? tabs : [...tabs.slice(0, MOST - 2), ...tabs.slice(-2)]
}

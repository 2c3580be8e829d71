/** What nobody hears: silent devices told together where they fell silent together, and places without any voice. */
import type { Device } from '../api'

export interface Unseen {
  key: string
  devices: Device[]
  since: string | null
}

const TOGETHER_MS = 10 * 60_000
const VILLAGE_DEPTH = 5

export const isUnheard = ({ state }: Device): boolean => state === 'silent' || state === 'never_heard'

/** Newest silence first; devices that fell silent within ten minutes are one line: their power or line went together. */
export function unseen(devices: readonly Device[]): Unseen[] {
  const found: Unseen[] = []
  const sorted = devices
    .filter((one) => isUnheard(one) || one.state === 'maintenance')
    .sort(
      (a, b) => (b.silent_since ?? '').localeCompare(a.silent_since ?? '') || a.name.localeCompare(b.name),
    )
  for (const one of sorted) {
    const same = found.find(
      ({ devices: [first], since }) =>
        first?.state === one.state &&
        (since === one.silent_since ||
          Math.abs(+new Date(since ?? 0) - +new Date(one.silent_since ?? 0)) <= TOGETHER_MS),
    )
    if (same) same.devices.push(one)
    else found.push({ key: one.id, devices: [one], since: one.silent_since })
  }
  return found
}

/** Villages with devices of which none is heard. */
export function blindPlaces(devices: readonly Device[]): string[] {
  const heard = new Map<string, boolean>()
  for (const one of devices) {
    if (one.state === 'revoked') continue
    const village = one.area.split('.').slice(0, VILLAGE_DEPTH)
    if (village.length < VILLAGE_DEPTH) continue
    const path = village.join('.')
    heard.set(path, (heard.get(path) ?? false) || one.state === 'reporting')
  }
  return [...heard].flatMap(([path, any]) => (any ? [] : [path])).sort()
}

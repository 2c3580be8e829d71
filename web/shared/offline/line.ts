/** Whether there is signal, and whether it costs the person: originals wait for Wi-Fi. */

/** What browsers on phones tell; others tell nothing. */
interface Connection {
  type?: string
  saveData?: boolean
}

export const hasSignal = (): boolean => globalThis.navigator?.onLine !== false

/** Wi-Fi or a cable. False where the browser does not tell: then the person says when originals go. */
export function isFree(): boolean {
  const told = (navigator as { connection?: Connection }).connection
  return !told?.saveData && (told?.type === 'wifi' || told?.type === 'ethernet')
}

/** Waits after a try that found nobody; each a little longer or shorter, so that a village does not knock at once. */
const WAITS_MS = [5_000, 15_000, 60_000, 300_000]

export function waitAfter(tries: number, random = Math.random()): number {
  const wait = WAITS_MS[Math.min(tries, WAITS_MS.length) - 1] ?? WAITS_MS[0] ?? 0
  return Math.round(wait * (0.8 + 0.4 * random))
}

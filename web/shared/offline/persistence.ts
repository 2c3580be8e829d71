/** Whether the browser will keep what we put down, and whether it did. */

/** A cookie outlives what browsers throw away when the disk is full; with this path it never reaches the API. */
const MARK = 'xy_held'
const LASTS_S = 400 * 24 * 3600

/** Note beside the database how many items it holds. */
export function mark(items: number): void {
  if (typeof document === 'undefined') return
  document.cookie = `${MARK}=${items}; Path=/app; Max-Age=${LASTS_S}; SameSite=Strict`
}

/** What was noted; asked where the database turns out to be empty. */
export function lostItems(): number {
  if (typeof document === 'undefined') return 0
  return Number(new RegExp(`(?:^|; )${MARK}=(\\d+)`).exec(document.cookie)?.[1] ?? 0)
}

/** Ask that nothing be thrown away; browsers grant it to apps on the home screen, silently or not at all. */
export async function askToPersist(): Promise<boolean> {
  return (
    (await isPersisted()) ||
    ((await storage()
      ?.persist?.()
      .catch(() => false)) ??
      false)
  )
}

export async function isPersisted(): Promise<boolean> {
  return (
    (await storage()
      ?.persisted?.()
      .catch(() => false)) ?? false
  )
}

/** Bytes still free for us, as the browser guesses; null where it says nothing. */
export async function roomLeft(): Promise<number | null> {
  const told = await storage()
    ?.estimate?.()
    .catch(() => null)
  return told?.quota === undefined ? null : told.quota - (told.usage ?? 0)
}

const storage = (): StorageManager | undefined => (globalThis.navigator as Navigator | undefined)?.storage

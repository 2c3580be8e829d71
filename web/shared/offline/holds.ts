/** How much this phone still holds: for the strip, for the town, and noted beside the database in case it is lost. */
import { mark } from './persistence'
import type { Holds } from './protocol'
import { store, type FileRow, type ItemRow, type ItemState } from './store'

/** What the person still waits for: it did not go in yet. */
export const isUnsent = ({ state }: Pick<ItemRow, 'state'>): boolean => UNSENT.includes(state)
export const UNSENT: readonly ItemState[] = ['kept', 'held', 'refused']

export const isPhoto = ({ role }: Pick<FileRow, 'role'>): boolean => role === 'small' || role === 'original'

/** What a list of items and their files comes to. */
export function sum(items: readonly ItemRow[], files: readonly FileRow[]): Holds {
  const unsent = items.filter(isUnsent)
  const photos = new Set(files.filter(isPhoto).map(({ item, group }) => `${item} ${group}`))
  const inFiles = files.reduce((bytes, { size }) => bytes + size, 0)
  return {
    items: unsent.length,
    photos: photos.size,
    bytes: unsent.reduce((bytes, { envelope }) => bytes + envelope.sealed.length, inFiles),
    oldest_at: unsent.map(({ made_at }) => made_at).sort()[0] ?? null,
  }
}

/** What the town has not heard of yet; what it refused or lets wait it knows. */
export async function holdsOf(phone: string): Promise<Holds> {
  const all = await store().items.where('phone').equals(phone).toArray()
  const items = all.filter(({ isHeard }) => !isHeard)
  const files = await store()
    .files.where('item')
    .anyOf(all.map(({ id }) => id))
    .toArray()
  return sum(items, files)
}

/** Beside the database: how many items there are, so that their loss would be seen. */
export async function remark(): Promise<void> {
  mark(await store().items.where('state').anyOf(UNSENT).count())
}

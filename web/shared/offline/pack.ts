/** The village on the phone: sealed under the PIN for seven days. Whatever happens to it, the outbox stays. */
import { shallowRef, watch } from 'vue'
import { get } from '../api/client'
import type { Session } from '../session/session'
import { text, utf8, type Bytes } from './bytes'
import { openFor } from './door'
import { TRIES, changeLock, close, makeLock, openLock, unclose } from './lock'
import { findPhone, hearTime, keepTime, phoneOf } from './phone'
import { store, type PackRow, type PhoneRow } from './store'

/** As the town sends it; sections belong to the rooms that fill them. */
export interface Pack {
  made_at: string
  expires_at: string
  version: string
  households?: unknown[]
  matters?: unknown[]
  [section: string]: unknown
}

/** What is open in this page: the key to read with, and the pack where there is one. */
export interface Opened {
  account: string
  vault: CryptoKey
  pack: Pack | null
  /** Who sat here when the pack was fetched: that is who may read it without signal. */
  session: Session | null
}

const opened = shallowRef<Opened | null>(null)
export const useOpened = () => opened
watch(opened, (now) => (openFor.value = now?.pack ? now.account : null), { flush: 'sync' })

/** Close the lock: the next one who reads needs the PIN. */
export function shut(): void {
  opened.value = null
}

export type Unlocked = 'open' | 'wrong' | 'deleted' | 'none'

/** Choose the PIN of this phone: it closes what was written before there was one; what an earlier one closed cannot be read any more. */
export async function setPin(account: string, pin: string): Promise<void> {
  const phone = await phoneOf(account)
  const { lock, vault } = await makeLock(pin, phone.device)
  const plain = phone.lock ? [] : await underShelf(phone)
  const closed = await Promise.all(
    plain.map(async ({ id, copy }) => ({ key: id, changes: { copy: await close(vault, copy, id) } })),
  )
  await forget(account, { lock })
  await store().items.bulkUpdate(closed)
  opened.value = { account, vault, pack: null, session: null }
}

/** Try a PIN. The tenth wrong one in a row deletes the pack; what was written stays and is sent all the same. */
export async function unlock(account: string, pin: string): Promise<Unlocked> {
  // counted before the try: whoever kills the app in the middle wins nothing
  const lock = await store().transaction('rw', store().phones, async () => {
    const phone = await findPhone(account)
    if (!phone?.lock) return null
    await store().phones.update(account, { wrong: phone.wrong + 1 })
    return { ...phone, wrong: phone.wrong + 1 }
  })
  if (!lock?.lock) return 'none'
  const vault = lock.wrong > TRIES ? null : await openLock(lock.lock, pin, lock.device)
  if (!vault) {
    if (lock.wrong < TRIES) return 'wrong'
    await forget(account, { lock: null })
    return 'deleted'
  }
  await store().phones.update(account, { wrong: 0 })
  opened.value = { account, vault, ...(await readPack(account, vault)) }
  return 'open'
}

/** Another PIN for what is kept here; all of it still opens. The old one is tried as at the door, wrong ones count. */
export async function changePin(account: string, old: string, next: string): Promise<Unlocked> {
  const told = await unlock(account, old)
  const phone = told === 'open' ? await findPhone(account) : null
  if (!phone?.lock) return told
  const lock = await changeLock(phone.lock, old, next, phone.device)
  if (lock) await store().phones.update(account, { lock })
  return lock ? 'open' : 'wrong'
}

/** How many tries are left before the pack is deleted; null: no PIN was set. */
export async function triesLeft(account: string): Promise<number | null> {
  const phone = await findPhone(account)
  return phone?.lock ? Math.max(0, TRIES - phone.wrong) : null
}

/** A forgotten PIN: the pack goes, a new PIN can be set. */
export async function forgetPin(account: string): Promise<void> {
  await forget(account, { lock: null })
}

/** The phone was called back, or its time is over: only the pack goes, the PIN still reads what was written. */
export async function deletePack(account: string): Promise<void> {
  await store().packs.delete(account)
  if (opened.value?.account === account) opened.value = { ...opened.value, pack: null, session: null }
}

/** Take the village along, sealed. Needs the open lock and signal. Throws `Refusal`, `Unreachable`. */
export async function fetchPack(session: Session): Promise<PackRow> {
  const open = opened.value
  if (open?.account !== session.account) throw new Error('the lock is not open')
  const pack = await get<Pack>('/api/offline/pack')
  // made just now: a clock that is a year wrong neither ends its week at once nor makes a year of it
  await hearTime(session.account, pack.made_at)
  const told = utf8(JSON.stringify({ pack, session }))
  const row: PackRow = {
    account: session.account,
    sealed: await close(open.vault, told, about(session.account)),
    made_at: pack.made_at,
    expires_at: pack.expires_at,
    version: String(pack.version),
    homes: pack.households?.length ?? 0,
    matters: pack.matters?.length ?? 0,
    bytes: told.byteLength,
  }
  await store().packs.put(row)
  opened.value = { ...open, pack, session }
  return row
}

/** What is known of a pack without opening it; one whose time is over is deleted. */
export async function packOf(account: string): Promise<PackRow | null> {
  const row = await store().packs.get(account)
  if (!row) return null
  if (Date.parse(row.expires_at) > (await keepTime(account))) return row
  await deletePack(account)
  return null
}

async function readPack(account: string, vault: CryptoKey): Promise<Pick<Opened, 'pack' | 'session'>> {
  const row = await packOf(account)
  const told = row && (await unclose(vault, row.sealed, about(account)).catch(() => null))
  if (!told) return { pack: null, session: null }
  return JSON.parse(text(told)) as Pick<Opened, 'pack' | 'session'>
}

async function forget(account: string, fresh: Pick<Parameters<typeof lockRow>[1], 'lock'>): Promise<void> {
  const { phones, packs, items } = store()
  await store().transaction('rw', phones, packs, items, async () => {
    const phone = await findPhone(account)
    await lockRow(account, { ...fresh, wrong: 0 })
    await packs.delete(account)
    // unreadable from now on; the envelopes to the town are not touched
    if (phone) await items.where('phone').equals(phone.id).modify({ copy: null })
  })
  if (opened.value?.account === account) opened.value = null
}

/** What this browser alone can read of the items of a phone without a PIN. */
async function underShelf({ id: phone, shelf }: PhoneRow): Promise<{ id: string; copy: Bytes }[]> {
  const rows = await store().items.where('phone').equals(phone).toArray()
  const open = rows.map(async ({ id, copy }) => {
    const plain = copy && (await unclose(shelf, copy, id).catch(() => null))
    return plain ? [{ id, copy: new Uint8Array(plain) }] : []
  })
  return (await Promise.all(open)).flat()
}

const lockRow = (
  account: string,
  change: { lock: Awaited<ReturnType<typeof makeLock>>['lock'] | null; wrong: number },
) => store().phones.update(account, change)

const about = (account: string): string => `pack|${account}`

/** This phone, one row an account: its keys, its numbering, and what time it is as far as the town told. */
import { get, opId, put } from '../api/client'
import { noteLost, noteUsed } from './door'
import { holdsOf } from './holds'
import { makeDeviceKey, makeShelfKey } from './lock'
import { isPersisted, lostItems, mark } from './persistence'
import type { TownKey } from './protocol'
import { makeSigningPair, publicOf } from './sealing'
import { store, type PhoneRow } from './store'

/** Nothing can be sealed: this phone has not yet spoken with the town. */
export class NotReady extends Error {
  constructor() {
    super('no key of the town yet')
    this.name = 'NotReady'
  }
}

export const findPhone = (account: string): Promise<PhoneRow | undefined> => store().phones.get(account)

/** The row of this account; made on first need. */
export async function phoneOf(account: string): Promise<PhoneRow> {
  const known = await findPhone(account)
  if (known) return known
  const evicted = (await store().phones.count()) === 0 ? lostItems() : 0
  // keys are made before the transaction: it would end while they are waited for
  const [signing, device, shelf] = await Promise.all([makeSigningPair(), makeDeviceKey(), makeShelfKey()])
  const fresh: PhoneRow = {
    account,
    id: opId(),
    signing,
    device,
    shelf,
    town: null,
    seq: 1,
    lock: null,
    wrong: 0,
    offset: 0,
    seen: 0,
    evicted,
  }
  return store().transaction('rw', store().phones, async () => {
    const first = await store().phones.get(account)
    if (first) return first
    await store().phones.add(fresh)
    noteUsed()
    if (evicted) noteLost(evicted)
    return fresh
  })
}

/** Say who we are and what we hold, and learn the town's key. Throws `Refusal`, `Unreachable`. */
export async function register(account: string): Promise<PhoneRow & { isRevoked: boolean }> {
  const phone = await phoneOf(account)
  const holds = await holdsOf(phone.id)
  const told = await put<{ revoked_at: string | null; seen_at: string }>(
    '/api/offline/phones/{phone_id}',
    {
      public: await publicOf(phone.signing),
      label: label(),
      app_version: import.meta.env.VITE_RELEASE ?? '',
      is_persisted: await isPersisted(),
      holds,
      evicted: phone.evicted,
    },
    { path: { phone_id: phone.id } },
  )
  // seen at this moment: that is what time it is there, before anything is judged by its age
  await hearTime(account, told.seen_at)
  const town = await get<TownKey>('/api/offline/key')
  // called back: the pack goes, what was written does not
  if (told.revoked_at) await store().packs.delete(account)
  await store().phones.update(account, { town, evicted: 0 })
  mark(holds.items)
  return { ...phone, town, evicted: 0, isRevoked: told.revoked_at !== null }
}

/** The town's time as well as the phone knows it; it never runs backwards. */
export const timeOn = (phone: Pick<PhoneRow, 'seen' | 'offset'>, clock = Date.now()): number =>
  Math.max(phone.seen, clock + phone.offset)

/** The town said what time it is: that counts, wherever the phone's own clock stands. */
export async function hearTime(account: string, serverNow: string, clock = Date.now()): Promise<void> {
  const seen = Date.parse(serverNow)
  if (Number.isFinite(seen)) await store().phones.update(account, { seen, offset: seen - clock })
}

/** Keep the highest time, so that a clock set back later makes nothing younger. */
export async function keepTime(account: string, clock = Date.now()): Promise<number> {
  const phone = await findPhone(account)
  if (!phone) return clock
  const now = timeOn(phone, clock)
  await store().phones.update(account, { seen: now })
  return now
}

/** What kind of thing this is, for the list of phones at the desk; no name of anybody. */
function label(): string {
  const agent = navigator.userAgent
  const kind = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac', 'Linux'].find((one) => agent.includes(one))
  return kind ?? ''
}

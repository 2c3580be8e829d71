/** The way to the town: items in their order, receipts compared before anything is deleted, small pictures before large. */
import { post } from '../api/client'
import { Refusal, Unreachable } from '../api/refusal'
import { sendFiles, type Sending } from './attachments'
import { holdsOf, remark } from './holds'
import { deletePack } from './pack'
import { hearTime, register } from './phone'
import type { Envelope, Receipt } from './protocol'
import { store, type BroughtRow, type ItemRow, type ItemState, type PhoneRow } from './store'

/** `done` all that can go has gone · `nobody` first sign in · `away` the town was not reached · `busy` another tab sends. */
export type Outcome = 'done' | 'nobody' | 'away' | 'busy'

export interface Round {
  outcome: Outcome
  /** Items that arrived in this round. */
  arrived: number
  /** Said by the town where it wants to be left alone for a while. */
  retryAfterS: number | null
}

interface Answer {
  receipts: Receipt[]
  server_now: string
  /** The town called this phone back: the pack goes, what was written does not. */
  is_revoked: boolean
}

const LOCK = 'xiangyun-offline-send'
/** What the town takes at once. */
const MOST_ITEMS = 100
const MOST_CHARS = 1_000_000
/** What it takes from somebody who is not signed in: 256 kB, the wrapping included. */
const DROP_CHARS = 200_000

/** What the town is asked about: what it may not have, and what it keeps for a person to judge. */
/** A phone of another town, too much of it, or what cannot be read: no sooner taken when sent again at once. */
const NOT_TAKEN: readonly number[] = [400, 404, 409, 413, 422]
const ASKED: readonly ItemState[] = ['kept', 'held', 'quarantined']

/** One journey to the town for one account; only one tab makes it. */
export function sendAll(account: string, how: Sending): Promise<Round> {
  return alone(async (round) => {
    const phone = await register(account)
    if (phone.isRevoked) await deletePack(account)
    await sendItems(phone, round)
    await sendFiles(phone, how)
    await sendBrought()
  })
}

/** Without a session: envelopes alone, which a person at the town looks at before they count. */
export function dropAll(phone: PhoneRow): Promise<Round> {
  return alone(async (round) => {
    const rows = await store().items.where('phone').equals(phone.id).sortBy('seq')
    for (const batch of batches(rows.filter(isUnheard), DROP_CHARS)) {
      const { receipts, is_revoked } = await post<Answer>('/api/offline/drop', {
        v: 1,
        phone: phone.id,
        items: batch.map(({ envelope }) => envelope),
      })
      if (is_revoked) await deletePack(phone.account)
      round.arrived += await take(receipts)
    }
  })
}

const isUnheard = ({ state }: ItemRow) => state === 'kept' || state === 'held'

async function alone(journey: (round: Round) => Promise<void>): Promise<Round> {
  const round: Round = { outcome: 'done', arrived: 0, retryAfterS: null }
  const go = async () => {
    try {
      await journey(round)
    } catch (fault) {
      if (!(fault instanceof Refusal || fault instanceof Unreachable)) throw fault
      // what only the town can put right is waited for like a line that is away; nothing is marked
      const refusal = fault instanceof Refusal ? fault : null
      round.outcome = refusal?.status === 401 ? 'nobody' : 'away'
      round.retryAfterS = refusal?.retryAfterS ?? null
    } finally {
      await remark()
    }
    return round
  }
  const locks = (navigator as { locks?: LockManager }).locks
  if (!locks) return go()
  return locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? go() : { ...round, outcome: 'busy' }))
}

async function sendItems(phone: PhoneRow, round: Round): Promise<void> {
  const rows = await store().items.where('phone').equals(phone.id).sortBy('seq')
  const gone = rows.filter(({ state }) => state === 'gone').slice(0, MOST_ITEMS)
  const asked = batches(
    rows.filter(({ state }) => ASKED.includes(state)),
    MOST_CHARS,
  )
  for (const batch of asked.length ? asked : gone.length ? [[]] : []) {
    round.arrived += await sendBatch(phone, batch, gone)
    gone.length = 0
  }
}

/** Send some; where the town cannot read the whole, each half alone, until the one that is at fault stands by itself. */
async function sendBatch(phone: PhoneRow, batch: ItemRow[], gone: ItemRow[]): Promise<number> {
  try {
    const answer = await post<Answer>('/api/offline/items', {
      phone: phone.id,
      now: new Date().toISOString(),
      holds: await holdsOf(phone.id),
      items: batch.map(({ envelope }) => envelope),
      gone: gone.map(({ id, seq, reason }) => ({ id, seq, reason })),
    })
    await hearTime(phone.account, answer.server_now)
    if (answer.is_revoked) await deletePack(phone.account)
    await store().items.bulkDelete(gone.map(({ id }) => id))
    return await take(answer.receipts)
  } catch (fault) {
    const isContent = fault instanceof Refusal && [400, 413, 422].includes(fault.status)
    const [only] = batch
    if (!isContent || !only) throw fault
    if (batch.length === 1) {
      await store().items.update(only.id, { state: 'refused', says: fault.detail })
      return 0
    }
    const middle = Math.ceil(batch.length / 2)
    return (
      (await sendBatch(phone, batch.slice(0, middle), gone)) +
      (await sendBatch(phone, batch.slice(middle), []))
    )
  }
}

/** What the town says is kept, where it names the very bytes we hold; returns how many items arrived. */
export async function take(receipts: Receipt[]): Promise<number> {
  const { items, files } = store()
  return store().transaction('rw', items, files, async () => {
    let arrived = 0
    for (const receipt of receipts) {
      const row = await items.get(receipt.id)
      if (!row || row.envelope.hash !== receipt.hash || row.state === 'gone') continue
      const waiting = await files.where('item').equals(row.id).count()
      if (receipt.state === 'gone') continue
      if (receipt.state === 'applied' && waiting === 0) await items.delete(row.id)
      else
        await items.update(row.id, {
          state: receipt.state === 'waiting' ? 'held' : receipt.state,
          says: receipt.says,
          isHeard: true,
          errors: receipt.errors,
          conflict: receipt.conflict,
        })
      if (isUnheard(row) && receipt.state !== 'waiting' && receipt.state !== 'refused') arrived += 1
    }
    return arrived
  })
}

/** Somebody decided what differed: nothing of the item is left to do here but its files. */
export async function differenceOver(id: string): Promise<void> {
  const { items, files } = store()
  await store().transaction('rw', items, files, async () => {
    if ((await items.get(id))?.state !== 'conflict') return
    if (await files.where('item').equals(id).count())
      await items.update(id, { state: 'applied', conflict: null })
    else await items.delete(id)
  })
}

/** What colleagues' phones gave along. What the town does not take of one phone stays, and holds back nobody else's. */
async function sendBrought(): Promise<void> {
  const rows = await store().brought.toArray()
  const phones = new Set(rows.map(({ envelope }) => envelope.phone))
  for (const phone of phones)
    try {
      await dropOf(
        phone,
        rows.filter(({ envelope }) => envelope.phone === phone),
      )
    } catch (fault) {
      if (!(fault instanceof Refusal && NOT_TAKEN.includes(fault.status))) throw fault
    }
}

async function dropOf(phone: string, rows: BroughtRow[]): Promise<void> {
  for (const batch of batches(rows, DROP_CHARS)) {
    const items = batch.map(({ envelope }) => envelope)
    const { receipts } = await post<Answer>('/api/offline/drop', { v: 1, phone, items })
    const kept = receipts.filter(({ id, hash }) => items.some((one) => one.id === id && one.hash === hash))
    await store().brought.bulkDelete(kept.map(({ id }) => id))
  }
}

/** In their order, no more than the town takes at once. */
export function batches<Row extends { envelope: Envelope }>(rows: Row[], mostChars: number): Row[][] {
  const found: Row[][] = []
  let chars = Infinity
  for (const row of rows) {
    const length = row.envelope.sealed.length + 600
    if (chars + length > mostChars || (found.at(-1)?.length ?? MOST_ITEMS) >= MOST_ITEMS) {
      found.push([])
      chars = 0
    }
    found.at(-1)?.push(row)
    chars += length
  }
  return found
}

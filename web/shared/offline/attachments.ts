/** Files of items that arrived: signatures and small pictures first, originals on Wi-Fi, each deleted on its own receipt. */
import { client, opId, post } from '../api/client'
import { Refusal } from '../api/refusal'
import { journeyOf, persist, send, type Wanted } from '../upload/send'
import { unclose } from './lock'
import { store, type FileRow, type PhoneRow } from './store'
import type { Role } from './protocol'

export interface Sending {
  /** Now also what is large: on Wi-Fi, or because the person says so. */
  originals: boolean
  signal?: AbortSignal
}

interface Kept {
  sha256: string
  state: string
  size: number
}

const ORDER: readonly Role[] = ['signature', 'small', 'voice', 'original']
const KIND: Record<Role, Wanted['kind']> = {
  signature: 'photo',
  small: 'photo',
  voice: 'voice',
  original: 'photo',
}
/** The town takes no more in one request; what is larger goes by pieces. */
const WHOLE_BYTES = 64 * 1024
/** So many small files at once, for each waits for its answer most of the time; a browser opens six ways to one town. */
const AT_ONCE = 5

/** Send what may go now. Throws `Unreachable` and refusals of the session; a file the town will not take says why and stays. */
export async function sendFiles(phone: PhoneRow, { originals, signal }: Sending): Promise<void> {
  const files = await waiting(phone, originals)
  const way = { shelf: phone.shelf, signal: signal ?? new AbortController().signal }
  await sendSeveral(files.filter(isWhole), AT_ONCE, way)
  await sendSeveral(
    files.filter((file) => !isWhole(file)),
    1,
    way,
  )
}

interface Way {
  shelf: CryptoKey
  signal: AbortSignal
}

const isWhole = ({ role, size }: FileRow) => role !== 'original' && size <= WHOLE_BYTES

/** In their order, a few at once; the first that does not reach the town ends it once the others are through. */
async function sendSeveral(files: FileRow[], atOnce: number, way: Way): Promise<void> {
  const left = [...files]
  const sendNext = async () => {
    for (let file = left.shift(); file; file = left.shift())
      await sendOrMark(file, way).catch((fault: unknown) => {
        left.length = 0
        throw fault
      })
  }
  const ways = await Promise.allSettled(Array.from({ length: atOnce }, sendNext))
  for (const one of ways) if (one.status === 'rejected') throw one.reason
}

async function sendOrMark(file: FileRow, way: Way): Promise<void> {
  try {
    await sendFile(file, way)
  } catch (fault) {
    if (!(fault instanceof Refusal) || [401, 429].includes(fault.status) || fault.status >= 500) throw fault
    // an upload that was left for a day is begun anew next time; anything else is for the person to read
    const isForgotten = fault.status === 404 && file.upload !== null
    await store().files.update(file.id, isForgotten ? { upload: null } : { says: fault.detail })
  }
}

async function waiting(phone: PhoneRow, originals: boolean): Promise<FileRow[]> {
  const known = await store()
    .items.where('phone')
    .equals(phone.id)
    // a refused item keeps its files for the one that mends it
    .filter(({ isHeard, state }) => isHeard && state !== 'refused' && state !== 'gone')
    .sortBy('seq')
  const place = new Map(known.map(({ id }, n) => [id, n]))
  const files = await store()
    .files.where('item')
    .anyOf([...place.keys()])
    .toArray()
  return files
    .filter(({ role, says }) => (originals || role !== 'original') && !says)
    .sort(
      (a, b) =>
        ORDER.indexOf(a.role) - ORDER.indexOf(b.role) ||
        (place.get(a.item) ?? 0) - (place.get(b.item) ?? 0) ||
        (a.group ?? 0) - (b.group ?? 0),
    )
}

async function sendFile(row: FileRow, { shelf, signal }: Way): Promise<void> {
  if (row.reason) return settle(row, await tell(row, { reason: row.reason }))
  if (isWhole(row)) {
    const bytes = await bytesOf(row, shelf)
    const listening = { signal, onWaiting: () => undefined }
    return settle(row, await persist(listening, () => tellWhole(row, bytes, signal)))
  }
  const upload = row.upload ?? { begin: opId(), finish: opId(), file: null }
  if (!row.upload) await store().files.update(row.id, { upload })
  row.upload = upload
  if (!upload.file) {
    const bytes = await bytesOf(row, shelf)
    const named = new File([bytes], `${row.role}.${row.media_type.split('/')[1] ?? 'bin'}`, {
      type: row.media_type,
    })
    const journey = {
      ...journeyOf(named, { kind: KIND[row.role] }),
      beginId: upload.begin,
      finishId: upload.finish,
    }
    const kept = await send(journey, {
      signal,
      onReceived: () => undefined,
      onWaiting: () => undefined,
    })
    upload.file = kept.id
    await store().files.update(row.id, { upload })
  }
  await settle(row, await tell(row, { file: upload.file }))
}

async function bytesOf(row: FileRow, shelf: CryptoKey): Promise<ArrayBuffer> {
  const content = await store().contents.get(row.id)
  if (!content) throw new Error('a file without its bytes')
  return unclose(shelf, content, row.sha256)
}

async function tellWhole(row: FileRow, bytes: ArrayBuffer, signal: AbortSignal): Promise<Kept> {
  const { item, sha256, role } = row
  const { data } = await client.PUT('/api/offline/items/{item_id}/files/{sha256}', {
    params: { path: { item_id: item, sha256 }, query: { role } },
    body: bytes as never,
    bodySerializer: (body: unknown) => body as ArrayBuffer,
    headers: { 'Content-Type': 'application/octet-stream' },
    signal,
  })
  return data as Kept
}

const tell = ({ item, sha256, role }: FileRow, what: { file: string } | { reason: string }) =>
  post<Kept>('/api/offline/items/{item_id}/files', { sha256, role, ...what }, { path: { item_id: item } })

/** A file the town will not take, or nobody wants any more: the town is told why it never comes. */
export async function giveUp(id: string, reason: string): Promise<void> {
  await store().files.update(id, { reason, says: '' })
}

/** Deleted only if the town names the bytes we hold; with its last file an item that was applied goes too. */
async function settle(row: FileRow, receipt: Kept): Promise<void> {
  const isSame = receipt.sha256 === row.sha256 && (row.reason !== '' || receipt.size === row.size)
  if (!isSame) return
  const { items, files, contents } = store()
  await store().transaction('rw', items, files, contents, async () => {
    await files.delete(row.id)
    await contents.delete(row.id)
    const item = await items.get(row.item)
    const left = await files.where('item').equals(row.item).count()
    if (item?.state === 'applied' && left === 0) await items.delete(item.id)
  })
}

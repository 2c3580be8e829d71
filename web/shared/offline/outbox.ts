/** What was written and has not arrived: written whole or not at all, repaired by a new item, taken out with a reason. */
import Dexie from 'dexie'
import { opId } from '../api/client'
import { sha256, text, utf8 } from './bytes'
import { close, unclose } from './lock'
import { NotReady, findPhone } from './phone'
import { remark } from './holds'
import { ITEM_VERSION, type Facts, type Item, type Role, type Subject } from './protocol'
import { seal } from './sealing'
import { store, type ContentRow, type FileRow, type ItemRow } from './store'

/** Not enough room on the phone: nothing of the item was kept. */
export class NoRoom extends Error {
  constructor() {
    super('the phone is full')
    this.name = 'NoRoom'
  }
}

/** What was taken with the item: a photo is two of one group. */
export interface Captured {
  role: Role
  group: number | null
  content: Blob
}

export interface Draft {
  /** The op_id under which it was tried on the line already: the town counts it once. */
  id?: string
  form: string
  /** What was done, in words; names nobody, for it stands unsealed. */
  title: string
  /** Whom or what it is about; sealed. */
  about: string
  subject: Subject
  base: number | null
  facts: Facts
  was: Facts
  /** Values in words that no pack here may know, by fact; sealed. */
  shown?: Record<string, string>
  files?: Captured[]
}

/** What can be read of an item: with the PIN, or by this browser alone where none was chosen yet. */
export interface Copy {
  item: Item
  about: string
  shown?: Record<string, string>
}

/** Keep an item with all its files; resolves to its id once it stands on the disk. */
export async function write(account: string, draft: Draft, vault: CryptoKey | null): Promise<string> {
  const [id = ''] = await writeAll(account, [draft], vault)
  return id
}

/** Keep what was written together: all of it stands on the disk, in this order, or nothing. */
export async function writeAll(
  account: string,
  drafts: readonly Draft[],
  vault: CryptoKey | null,
): Promise<string[]> {
  const phone = await findPhone(account)
  if (!phone?.town) throw new NotReady()
  const { id: on, shelf } = phone
  const made = drafts.map(async (draft): Promise<Made> => {
    const id = draft.id ?? opId()
    const files = await shelve(id, draft.files ?? [], shelf)
    return { draft, files, make: (seq) => itemOf(draft, { id, seq, account, phone: on }, files) }
  })
  return settle(account, vault, await Promise.all(made))
}

/** Changed facts as a new item that mends the old one; its files go along, but those in `without`. */
export async function mend(
  account: string,
  id: string,
  changes: { facts: Facts; without?: string[] },
  vault: CryptoKey | null,
): Promise<string> {
  const old = await store().items.get(id)
  const copy = old && (await copyOf(old, vault))
  if (!old || !copy) throw new Error('nothing to mend')
  const { item, about, shown } = copy
  const left = item.files.filter(({ sha256: hash }) => !changes.without?.includes(hash))
  const fresh = opId()
  const facts = { ...item.facts, ...changes.facts }
  const draft: Draft = { ...said(item), facts, title: old.title, about, shown }
  const make = (seq: number): Item => ({
    ...item,
    ...said(draft),
    id: fresh,
    seq,
    files: left,
    mends: old.isHeard ? id : undefined,
  })
  const [mended = ''] = await settle(account, vault, [{ draft, files: [], make }], {
    id,
    without: changes.without ?? [],
  })
  return mended
}

/** Take an item out; the town is told its number and the reason, never what stood in it. */
export async function remove(id: string, reason: string): Promise<void> {
  const { items, files, contents } = store()
  await store().transaction('rw', items, files, contents, async () => {
    await items.update(id, { state: 'gone', reason, copy: null, errors: [] })
    await contents.bulkDelete(await files.where('item').equals(id).primaryKeys())
    await files.where('item').equals(id).delete()
  })
  await remark()
}

/** What stands in an item; null where it was closed under another PIN, or this one is not given. */
export async function copyOf(row: ItemRow, vault: CryptoKey | null): Promise<Copy | null> {
  if (!row.copy) return null
  const phone = await store()
    .phones.filter(({ id }) => id === row.phone)
    .first()
  for (const key of [vault, phone?.shelf]) {
    const open = key && (await unclose(key, row.copy, row.id).catch(() => null))
    if (open) return JSON.parse(text(open)) as Copy
  }
  return null
}

/** Files hashed and closed; what was taken twice is kept once. */
async function shelve(item: string, taken: Captured[], shelf: CryptoKey): Promise<Shelved[]> {
  const rows = await Promise.all(
    taken.map(async ({ role, group, content }) => {
      const bytes = await content.arrayBuffer()
      const hash = await sha256(bytes)
      const id = opId()
      const file: FileRow = {
        id,
        item,
        sha256: hash,
        role,
        media_type: content.type,
        size: bytes.byteLength,
        group,
        upload: null,
        says: '',
        reason: '',
      }
      return { file, content: { id, ...(await close(shelf, bytes, hash)) } }
    }),
  )
  return [...new Map(rows.map((row) => [row.file.sha256, row])).values()]
}

const said = ({ form, subject, base, facts, was }: Item | Draft) => ({ form, subject, base, facts, was })

function itemOf(draft: Draft, ids: Pick<Item, 'id' | 'seq' | 'account' | 'phone'>, files: Shelved[]): Item {
  return {
    ...said(draft),
    ...ids,
    made_at: new Date().toISOString(),
    files: files.map(({ file: { sha256: hash, role, media_type, size, group } }) => ({
      sha256: hash,
      role,
      media_type,
      size,
      group,
    })),
    v: ITEM_VERSION,
  }
}

interface Shelved {
  file: FileRow
  content: ContentRow
}

/** Something written, to be numbered and sealed. */
interface Made {
  draft: Draft
  files: Shelved[]
  make: (seq: number) => Item
}

interface Mends {
  id: string
  without: string[]
}

/** Seal with the next numbers and put all down in one transaction; another tab that took them makes us seal again. */
async function settle(
  account: string,
  vault: CryptoKey | null,
  made: readonly Made[],
  mends?: Mends,
): Promise<string[]> {
  for (;;) {
    const phone = await findPhone(account)
    if (!phone?.town) throw new NotReady()
    const { town, seq: first } = phone
    // under no PIN it is closed like the photos beside it; where one was chosen nothing can be read without it
    const key = vault ?? (phone.lock ? null : phone.shelf)
    const rows = await Promise.all(
      made.map(async ({ draft, make }, at): Promise<ItemRow> => {
        const item = make(first + at)
        const copy: Copy = { item, about: draft.about, shown: draft.shown }
        return {
          id: item.id,
          phone: phone.id,
          seq: item.seq,
          state: 'kept',
          form: draft.form,
          title: draft.title,
          made_at: item.made_at,
          envelope: await seal(item, phone.signing.privateKey, town),
          copy: key && (await close(key, utf8(JSON.stringify(copy)), item.id)),
          says: '',
          isHeard: false,
          errors: [],
          conflict: null,
          mends: mends?.id ?? null,
          reason: '',
        }
      }),
    )
    const shelved = made.flatMap(({ files }) => files)
    const { phones, items, files, contents } = store()
    const isDown = await store()
      .transaction('rw', [phones, items, files, contents], async () => {
        const fresh = await phones.get(account)
        if (fresh?.seq !== first) return false
        await items.bulkAdd(rows)
        await files.bulkAdd(shelved.map(({ file }) => file))
        await contents.bulkAdd(shelved.map(({ content }) => content))
        for (const row of rows) if (mends) await carryOver(mends, row.id)
        await phones.update(account, { seq: first + rows.length })
        return true
      })
      .catch((fault: unknown) => {
        throw isFull(fault) ? new NoRoom() : fault
      })
    if (!isDown) continue
    await remark()
    return rows.map(({ id }) => id)
  }
}

/** The files of the old item belong to the new one; an old one the town never heard of is told as gone. */
async function carryOver({ id, without }: Mends, to: string): Promise<void> {
  const old = store().files.where('item').equals(id)
  const left = await old.filter(({ sha256: hash }) => without.includes(hash)).primaryKeys()
  await store().files.bulkDelete(left)
  await store().contents.bulkDelete(left)
  await store().files.where('item').equals(id).modify({ item: to, upload: null, says: '' })
  const row = await store().items.get(id)
  if (row?.isHeard) await store().items.delete(id)
  else await store().items.update(id, { state: 'gone', reason: 'mended', copy: null, errors: [] })
}

function isFull(fault: unknown): boolean {
  const name = Dexie.errnames.QuotaExceeded
  const error = fault as { name?: string; inner?: { name?: string } } | null
  return error?.name === name || error?.inner?.name === name
}

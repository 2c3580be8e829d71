/** What stands in this browser's database. Loaded only where somebody writes or reads without signal: it is 98 kB. */
import Dexie, { type Table } from 'dexie'
import { NAME } from './door'
import type { Sealed, Lock } from './lock'
import type { Envelope, FactError, Role, TownKey } from './protocol'

/** One account on this phone. The row outlives sign-outs: what it wrote is still to be sent. */
export interface PhoneRow {
  account: string
  id: string
  signing: CryptoKeyPair
  device: CryptoKey
  shelf: CryptoKey
  town: TownKey | null
  /** Number of the next item. */
  seq: number
  lock: Lock | null
  /** PINs tried in vain since the last right one; written before each try, so that killing the app wins none. */
  wrong: number
  /** The town's clock less the phone's, in ms. */
  offset: number
  /** The latest time known, so that a clock set back makes nothing younger. */
  seen: number
  /** Items that the browser threw away, not yet told to the town. */
  evicted: number
}

/** `kept` not sent · `held` waits at the town for one before · `applied` its files are on their way · `gone` to be told. */
export type ItemState = 'kept' | 'held' | 'refused' | 'conflict' | 'quarantined' | 'applied' | 'gone'

/** One item: the envelope to the town, the copy to read, and an open line without a personal fact. */
export interface ItemRow {
  id: string
  phone: string
  seq: number
  state: ItemState
  form: string
  /** What was done, in the writer's words; names nobody. */
  title: string
  made_at: string
  envelope: Envelope
  /** The item and whom it is about, under the vault, or under the shelf where there was no PIN yet; null where neither opens. */
  copy: Sealed | null
  /** What the town said, in the reader's language of then. */
  says: string
  /** The town has it, whatever it thinks of it. */
  isHeard: boolean
  errors: FactError[]
  conflict: string | null
  mends: string | null
  /** Why it was taken out; told to the town, then forgotten. */
  reason: string
}

export interface FileRow {
  id: string
  item: string
  sha256: string
  role: Role
  media_type: string
  size: number
  group: number | null
  /** Ids of the upload, so that a kill in the middle does not send twice; null before the first try. */
  upload: { begin: string; finish: string; file: string | null } | null
  /** Why the town will not take it; it stays until the person decides. */
  says: string
  /** Why it will never come, as the person said; told to the town, then it goes. */
  reason: string
}

/** The bytes of a file, apart: lists of files are read often, a hundred photos never at once. */
export interface ContentRow extends Sealed {
  id: string
}

/** The village on the phone, under the vault. Beside it only numbers. */
export interface PackRow {
  account: string
  sealed: Sealed
  made_at: string
  expires_at: string
  version: string
  homes: number
  matters: number
  bytes: number
}

/** An envelope of a colleague's phone, carried for them. */
export interface BroughtRow {
  id: string
  envelope: Envelope
}

/** Each version of the database, oldest first; a phone that was away runs through all it has not seen. Never edit one. */
export const VERSIONS: Record<string, string | null>[] = [
  {
    phones: 'account, id',
    items: 'id, phone, [phone+seq], state',
    files: 'id, item',
    contents: 'id',
    packs: 'account',
    brought: 'id',
  },
]

export class Store extends Dexie {
  phones!: Table<PhoneRow, string>
  items!: Table<ItemRow, string>
  files!: Table<FileRow, string>
  contents!: Table<ContentRow, string>
  packs!: Table<PackRow, string>
  brought!: Table<BroughtRow, string>

  constructor(name = NAME, versions = VERSIONS) {
    // `strict`: what is said to be kept is on the disk, not in a buffer that a dead battery takes along
    super(name, { chromeTransactionDurability: 'strict' })
    versions.forEach((tables, n) => this.version(n + 1).stores(tables))
  }
}

let open: Store | null = null

/** The one connection of this page. */
export const store = (): Store => (open ??= new Store())

/** Tests put their own in its place. */
export function use(other: Store): void {
  open = other
}

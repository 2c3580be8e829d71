/** The words the phone and the town share: what is written here, how it travels, what comes back. */

/** What a file is to its item. `small` and `original` of one `group` are one photo. */
export type Role = 'small' | 'original' | 'voice' | 'signature'

export interface FileSaid {
  sha256: string
  role: Role
  media_type: string
  size: number
  /** Which photo of the item, from 1: its small picture and its original share one; null for what is no photo. */
  group: number | null
}

export interface Subject {
  kind: string
  id: string
}

export type Facts = Record<string, unknown>

/** One thing written on the phone. Its canonical JSON is what is hashed and sealed. */
export interface Item {
  id: string
  /** Rises by one on this phone, without a gap. */
  seq: number
  form: string
  subject: Subject
  /** The version the phone had seen; null where it makes something new. */
  base: number | null
  /** Changed fields only. */
  facts: Facts
  /** The same fields as they stood before, as the phone saw them. */
  was: Facts
  /** The phone's own clock; order never depends on it. */
  made_at: string
  files: FileSaid[]
  account: string
  phone: string
  /** The refused item that this one repairs. */
  mends?: string
  v: number
}

/** The version of `Item` that this app writes; older ones in an outbox are sent as they were sealed. */
export const ITEM_VERSION = 1

/** An item on the wire, sealed to the town: only the town can read it, and it can be sent without a PIN. */
export interface Envelope {
  id: string
  phone: string
  seq: number
  /** Which key of the town it is sealed to. */
  key: number
  epk: string
  nonce: string
  sealed: string
  hash: string
  sig: string
}

export interface TownKey {
  num: number
  public: string
  town_id: string
}

/** What the phone still has, in numbers: if it is lost, the town knows what never came. */
export interface Holds {
  items: number
  photos: number
  bytes: number
  oldest_at: string | null
}

export type ReceiptState = 'applied' | 'conflict' | 'waiting' | 'refused' | 'quarantined' | 'gone'

export interface FactError {
  fact: string
  says: string
}

export interface Receipt {
  id: string
  hash: string
  state: ReceiptState
  /** Names the sentence. */
  code: string
  says: string
  errors: FactError[]
  subject: Subject | null
  version: number | null
  /** Hashes of announced files that have not come. */
  missing: string[]
  conflict: string | null
}

/** What leaves a broken phone by file or by QR frames; a colleague's phone brings it in. */
export interface Rescue {
  v: 1
  phone: string
  items: Envelope[]
}

/** What a phone cannot send itself leaves by a file or by codes on its screen; sealed, so that the carrier reads nothing. */
import { sha256, utf8 } from './bytes'
import { isUnsent } from './holds'
import type { Envelope, Rescue } from './protocol'
import { store } from './store'

/** Characters in one code: still read by an old camera from a cracked screen. */
const PART = 500
const HEAD = /^XYR1\.([0-9a-f]{8})\.(\d+)\.(\d+)\.(.*)$/s

/** Everything of this phone that may not have arrived. It stays in the outbox: what comes twice counts once. */
export async function rescueOf(phone: string): Promise<Rescue> {
  const rows = await store().items.where('phone').equals(phone).sortBy('seq')
  const items = rows.filter(isUnsent).map(({ envelope }) => envelope)
  return { v: 1, phone, items }
}

/** A rescue as the texts of codes that are shown one after the other, in any order and again and again. */
export async function framesOf(rescue: Rescue): Promise<string[]> {
  const all = JSON.stringify(rescue)
  const mark = (await sha256(utf8(all))).slice(0, 8)
  const count = Math.max(1, Math.ceil(all.length / PART))
  return Array.from(
    { length: count },
    (_none, n) => `XYR1.${mark}.${n + 1}.${count}.${all.slice(n * PART, (n + 1) * PART)}`,
  )
}

/** Gathers codes of one rescue as a camera sees them. */
export class Gathering {
  private mark = ''
  private parts: (string | undefined)[] = []

  get have(): number {
    return this.parts.filter((part) => part !== undefined).length
  }

  get of(): number {
    return this.parts.length
  }

  /** True if this code was new; one of another rescue begins anew. */
  see(code: string): boolean {
    const [, mark = '', n = '', count = '', part = ''] = HEAD.exec(code) ?? []
    const at = Number(n) - 1
    if (!mark || at < 0 || at >= Number(count) || Number(count) > 10_000) return false
    if (mark !== this.mark) {
      this.mark = mark
      this.parts = Array.from({ length: Number(count) })
    }
    if (this.parts[at] !== undefined || at >= this.parts.length) return false
    this.parts[at] = part
    return true
  }

  /** The rescue once all is there and whole; null before, or if a code was misread (then it begins anew). */
  async whole(): Promise<Rescue | null> {
    if (this.of === 0 || this.have < this.of) return null
    const all = this.parts.join('')
    if ((await sha256(utf8(all))).slice(0, 8) === this.mark) return readRescue(all)
    this.parts = Array.from({ length: this.of })
    return null
  }
}

/** A rescue file as somebody handed it over; null if it is none. */
export function readRescue(words: string): Rescue | null {
  try {
    const told = JSON.parse(words) as Partial<Rescue>
    const isWhole = told.v === 1 && typeof told.phone === 'string' && Array.isArray(told.items)
    return isWhole && (told.items ?? []).every(isEnvelope) ? (told as Rescue) : null
  } catch {
    return null
  }
}

/** Carry it: sent with our own at the next signal, forgotten only on the town's receipt. */
export async function bring(rescue: Rescue): Promise<number> {
  await store().brought.bulkPut(rescue.items.map((envelope) => ({ id: envelope.id, envelope })))
  return rescue.items.length
}

const WORDS: readonly (keyof Envelope)[] = ['id', 'phone', 'epk', 'nonce', 'sealed', 'hash', 'sig']

function isEnvelope(told: unknown): told is Envelope {
  const one = (told ?? {}) as Partial<Record<keyof Envelope, unknown>>
  return WORDS.every((name) => typeof one[name] === 'string') && [one.seq, one.key].every(Number.isInteger)
}

/** For tests: the town at the other end of the line, to the protocol; the line can break before or after it heard. */
import { base64, fromBase64, sha256, text, utf8, uuidBytes } from '../bytes'
import type { Envelope, Item, Receipt } from '../protocol'
import { boundTo, signedText } from '../sealing'

const ECDH = { name: 'ECDH', namedCurve: 'P-256' }

interface Held {
  hash: string
  item: Item
  receipt: Receipt
}

type Mishap = 'away' | 'answer lost' | number

export class PretendTown {
  readonly items = new Map<string, Held>()
  /** Contents of kept files by item and hash. */
  readonly files = new Map<string, string>()
  /** Sizes of those that came in one request. */
  readonly whole: number[] = []
  readonly gone: { id: string; seq: number; reason: string }[] = []
  readonly dropped: Envelope[] = []
  phones: Record<string, Record<string, unknown>> = {}
  /** What the next requests meet. */
  mishaps: (Mishap | undefined)[] = []
  /** Judges an item; without it everything is applied. */
  judge: (item: Item) => Partial<Receipt> = () => ({})
  isRevoked = false
  isSignedIn = true
  now = '2026-06-11T02:30:00Z'
  pack: unknown = { version: 'a', made_at: this.now, expires_at: '2026-06-18T02:30:00Z' }
  private readonly uploads = new Map<string, { size: number; bytes: Uint8Array<ArrayBuffer>; op: string }>()
  private constructor(
    private readonly pair: CryptoKeyPair,
    private readonly publicKey: string,
  ) {}

  static async open(): Promise<PretendTown> {
    const pair = await crypto.subtle.generateKey(ECDH, true, ['deriveBits'])
    return new PretendTown(pair, base64(await crypto.subtle.exportKey('raw', pair.publicKey)))
  }

  readonly answer = async (request: Request): Promise<Response> => {
    const mishap = this.mishaps.shift()
    if (mishap === 'away') throw new TypeError('failed to fetch')
    if (typeof mishap === 'number') return json(mishap, { title: 'x', detail: '不行。' })
    const response = await this.carryOut(request)
    if (mishap === 'answer lost') throw new TypeError('failed to fetch')
    return response
  }

  private async carryOut(request: Request): Promise<Response> {
    const url = new URL(request.url)
    const path = url.pathname.replace('/api', '')
    if (path === '/offline/drop') return this.drop((await request.json()) as { items: Envelope[] })
    if (!this.isSignedIn) return json(401, { title: 'base.not_signed_in', detail: '请先登录。' })
    if (path === '/offline/key') return json(200, { num: 1, public: this.publicKey, town_id: TOWN })
    if (path === '/offline/pack') return json(200, this.pack)
    if (path.startsWith('/offline/phones/')) {
      const id = path.split('/').at(-1) as string
      this.phones[id] = (await request.json()) as Record<string, unknown>
      return json(200, { id, revoked_at: this.isRevoked ? this.now : null, seen_at: this.now })
    }
    if (path === '/offline/items') return this.take(await request.json())
    if (path.startsWith('/offline/items/') && request.method === 'PUT') return this.keepWhole(path, request)
    if (path.startsWith('/offline/items/')) return this.keep(path.split('/')[3] ?? '', await request.json())
    return this.upload(request, url)
  }

  private async take(body: {
    items: Envelope[]
    gone: { id: string; seq: number; reason: string }[]
  }): Promise<Response> {
    const receipts: Receipt[] = []
    for (const envelope of body.items) {
      const known = this.items.get(envelope.id)
      if (!known) {
        const item = await this.open(envelope)
        const receipt = { ...APPLIED, id: envelope.id, hash: envelope.hash, subject: item.subject }
        this.items.set(item.id, {
          hash: envelope.hash,
          item,
          receipt: { ...receipt, missing: item.files.map((one) => one.sha256), ...this.judge(item) },
        })
      } else if (known.hash !== envelope.hash) throw new Error('an id used twice')
      receipts.push((this.items.get(envelope.id) as Held).receipt)
    }
    this.gone.push(...body.gone)
    return json(200, { receipts, server_now: this.now, is_revoked: this.isRevoked })
  }

  private async drop({ items }: { items: Envelope[] }): Promise<Response> {
    if (items.some(({ phone }) => !this.phones[phone])) return json(404, { title: 'base.not_found' })
    for (const envelope of items) await this.open(envelope)
    this.dropped.push(...items)
    const receipts = items.map(({ id, hash }) => ({ ...APPLIED, id, hash, state: 'quarantined' }))
    return json(200, { receipts, server_now: this.now, is_revoked: this.isRevoked })
  }

  /** Reads what only the town can read, and refuses what was touched on the way. */
  private async open(envelope: Envelope): Promise<Item> {
    const { id, phone, hash } = envelope
    const registered = this.phones[phone]
    if (!registered) throw new Error('a phone nobody knows')
    const other = await crypto.subtle.importKey(
      'raw',
      fromBase64(registered.public as string),
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['verify'],
    )
    const isSigned = await crypto.subtle.verify(
      { name: 'ECDSA', hash: 'SHA-256' },
      other,
      fromBase64(envelope.sig),
      utf8(signedText(envelope)),
    )
    if (!isSigned) throw new Error('not signed by its phone')
    const plain = await openEnvelope(envelope, this.pair.privateKey, TOWN)
    if ((await sha256(utf8(plain))) !== hash) throw new Error('not what its hash says')
    const item = JSON.parse(plain) as Item
    if (item.id !== id || item.seq !== envelope.seq) throw new Error('another item in the envelope')
    return item
  }

  private keep(item: string, body: { sha256: string; file?: string; reason?: string }): Response {
    const held = this.items.get(item)
    if (!held) return json(404, { title: 'x', detail: '没有。' })
    if (body.reason) return json(200, { sha256: body.sha256, state: 'given_up', size: 0 })
    const upload = this.uploads.get(body.file ?? '')
    if (!upload) return json(404, { title: 'x', detail: '没有。' })
    this.files.set(`${item} ${body.sha256}`, text(upload.bytes))
    return json(200, { sha256: body.sha256, state: 'kept', size: upload.bytes.length })
  }

  private async keepWhole(path: string, request: Request): Promise<Response> {
    const [item = '', , hash = ''] = path.split('/').slice(3)
    const bytes = new Uint8Array(await request.arrayBuffer())
    if (!this.items.has(item)) return json(404, { title: 'x', detail: '没有。' })
    if ((await sha256(bytes)) !== hash) return json(409, { title: 'x', detail: '不是它。' })
    this.whole.push(bytes.length)
    this.files.set(`${item} ${hash}`, text(bytes))
    return json(200, { sha256: hash, state: 'kept', size: bytes.length })
  }

  private async upload(request: Request, url: URL): Promise<Response> {
    const id = url.pathname.split('/')[3] ?? ''
    if (request.method === 'POST' && !id) {
      const { size, op_id: op } = (await request.json()) as { size: number; op_id: string }
      const known = [...this.uploads].find(([, one]) => one.op === op)?.[0]
      const fresh = known ?? `u${this.uploads.size + 1}`
      if (!known) this.uploads.set(fresh, { size, bytes: new Uint8Array(), op })
      return json(201, { id: fresh, size, received: 0 })
    }
    const upload = this.uploads.get(id)
    if (!upload) return json(404, { title: 'x', detail: '没有。' })
    if (request.method === 'PUT') {
      if (Number(url.searchParams.get('offset')) !== upload.bytes.length)
        return json(409, { title: 'x', detail: '接着传。', received: upload.bytes.length })
      upload.bytes = new Uint8Array([...upload.bytes, ...new Uint8Array(await request.arrayBuffer())])
    }
    return json(200, { id, size: upload.size, received: upload.bytes.length })
  }
}

export const TOWN = '0198c0de-0000-7000-8000-000000000100'

const APPLIED: Omit<Receipt, 'id' | 'hash'> = {
  state: 'applied',
  code: 'offline.applied',
  says: '记上了。',
  errors: [],
  subject: null,
  version: 1,
  missing: [],
  conflict: null,
}

/** What stands in an envelope, for whoever has the town's private key. Throws where one bit is another. */
export async function openEnvelope(envelope: Envelope, own: CryptoKey, town: string): Promise<string> {
  const other = await crypto.subtle.importKey('raw', fromBase64(envelope.epk), ECDH, false, [])
  const shared = await crypto.subtle.deriveBits({ name: 'ECDH', public: other }, own, 256)
  const source = await crypto.subtle.importKey('raw', shared, 'HKDF', false, ['deriveKey'])
  const key = await crypto.subtle.deriveKey(
    { name: 'HKDF', hash: 'SHA-256', salt: uuidBytes(envelope.id), info: utf8('xiangyun offline item v1') },
    source,
    { name: 'AES-GCM', length: 256 },
    false,
    ['decrypt'],
  )
  const how = {
    name: 'AES-GCM',
    iv: fromBase64(envelope.nonce),
    additionalData: boundTo(town, envelope.phone, envelope.id),
  }
  return text(await crypto.subtle.decrypt(how, key, fromBase64(envelope.sealed)))
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

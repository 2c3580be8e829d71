/** One file to the server, piece by piece: a line that breaks is waited for, and nothing is sent twice for long. */
import { client, get, opId, post, type Out } from '../api/client'
import { Refusal, Unreachable } from '../api/refusal'

export type Kept = Out<'FileOut'>
type Progress = Out<'UploadOut'>

export interface Wanted {
  kind: 'photo' | 'paper' | 'workbook' | 'voice'
  area?: string
}

/** What is known of a file on its way: handed to `send` again, it goes on from there. */
export interface Journey {
  readonly file: File
  readonly wanted: Wanted
  readonly beginId: string
  readonly finishId: string
  id: string | null
  received: number
}

export interface Listening {
  signal: AbortSignal
  /** Bytes the server has. */
  onReceived: (bytes: number) => void
  /** The line is broken and will be tried again, or is back. */
  onWaiting: (isWaiting: boolean) => void
}

const KIB = 1024
/** The server takes 400 pieces of a file of 50 MiB. */
const SMALLEST = 128 * KIB
const FIRST = 256 * KIB
const QUICK_MS = 1_000
const SLOW_MS = 8_000
/** Waits between tries; after the last one the person decides. */
const WAITS_MS = [1_000, 2_000, 4_000, 8_000, 15_000]

export function journeyOf(file: File, wanted: Wanted): Journey {
  return { file, wanted, beginId: opId(), finishId: opId(), id: null, received: 0 }
}

/** Send all that is missing; throws `Refusal`, `Unreachable`, or an AbortError once `signal` says so. */
export async function send(journey: Journey, listening: Listening): Promise<Kept> {
  const askFirst = () => (journey.id ? askReceived(journey, listening.signal) : undefined)
  await persist(listening, () => begin(journey), askFirst)
  let piece = FIRST
  while (journey.received < journey.file.size) {
    listening.onReceived(journey.received)
    const began = performance.now()
    await persist(listening, () => sendPiece(journey, piece, listening.signal), askFirst)
    piece = nextSize(piece, performance.now() - began)
  }
  listening.onReceived(journey.received)
  const finish = () =>
    post<Kept>(
      '/api/uploads/{upload_id}/finish',
      { op_id: journey.finishId },
      { path: { upload_id: journey.id ?? '' }, signal: listening.signal },
    )
  return persist(listening, finish, askFirst)
}

/** Larger on a quick line, smaller on a slow one: what is lost with a broken piece stays little. */
export function nextSize(piece: number, tookMs: number): number {
  if (tookMs < QUICK_MS) return Math.min(piece * 2, 4 * KIB * KIB)
  return tookMs > SLOW_MS ? Math.max(piece / 2, SMALLEST) : piece
}

async function begin(journey: Journey): Promise<void> {
  if (journey.id) return
  const { file, wanted } = journey
  const sha256 = await sha256Of(file)
  const body = { name: file.name, size: file.size, ...wanted, sha256, op_id: journey.beginId }
  journey.id = (await post<Progress>('/api/uploads', body)).id
}

async function sendPiece(journey: Journey, size: number, signal: AbortSignal): Promise<void> {
  const { received: offset } = journey
  try {
    const { data } = await client.PUT('/api/uploads/{upload_id}', {
      params: { path: { upload_id: journey.id ?? '' }, query: { offset } },
      body: journey.file.slice(offset, offset + size) as never,
      bodySerializer: (body: unknown) => body as Blob,
      headers: { 'Content-Type': 'application/octet-stream' },
      signal,
    })
    journey.received = (data as Progress).received
  } catch (fault) {
    // The answer to a piece was lost, but not the piece.
    if (fault instanceof Refusal && fault.status === 409 && typeof fault.body.received === 'number') {
      journey.received = fault.body.received
    } else throw fault
  }
}

/** Try until it is done, the person gives up, the server refuses, or the last wait was in vain; `before` each new try. */
export async function persist<T>(
  listening: Pick<Listening, 'signal' | 'onWaiting'>,
  step: () => Promise<T>,
  before?: () => Promise<void> | undefined,
): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      listening.signal.throwIfAborted()
      if (tries) await before?.()
      const done = await step()
      if (tries) listening.onWaiting(false)
      return done
    } catch (fault) {
      listening.signal.throwIfAborted()
      const wait = WAITS_MS[tries]
      if (!isPassing(fault) || wait === undefined) throw fault
      listening.onWaiting(true)
      await pause(wait, listening.signal)
    }
  }
}

async function askReceived(journey: Journey, signal: AbortSignal): Promise<void> {
  const path = { upload_id: journey.id ?? '' }
  journey.received = (await get<Progress>('/api/uploads/{upload_id}', { path, signal })).received
}

/** Whether waiting may help: the server is away or busy, not unwilling. */
function isPassing(fault: unknown): boolean {
  return fault instanceof Unreachable || (fault instanceof Refusal && [502, 503, 504].includes(fault.status))
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason as Error)
    })
  })
}

/** Null where the browser computes none: outside HTTPS. */
async function sha256Of(file: File): Promise<string | null> {
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle as SubtleCrypto | undefined
  if (!subtle) return null
  const digest = new Uint8Array(await subtle.digest('SHA-256', await file.arrayBuffer()))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

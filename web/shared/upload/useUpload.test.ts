import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { effectScope, watch, type EffectScope } from 'vue'
import { nextSize } from './send'
import { useUpload } from './useUpload'

const KIB = 1024
const PDF = { kind: 'paper' as const }

/** The server's side as the contract has it, with a line that can break before or after it heard. */
class PretendServer {
  bytes = new Uint8Array(0)
  puts: number[] = []
  begun = 0
  finished = 0
  size = 0
  /** What happens to the next requests: lost on the way there, on the way back, or answered with a status. */
  mishaps: ('away' | 'answer lost' | number)[] = []
  /** What is done right after the file was announced, or after so many pieces came. */
  after: Record<string, () => void> = {}

  readonly answer = async (request: Request): Promise<Response> => {
    if (request.signal.aborted) throw new DOMException('aborted', 'AbortError')
    const mishap = this.mishaps.shift()
    if (mishap === 'away') throw new TypeError('failed to fetch')
    if (typeof mishap === 'number') return json(mishap, { title: 'x', detail: '不行。' })
    const response = await this.carryOut(request)
    if (mishap === 'answer lost') throw new TypeError('failed to fetch')
    return response
  }

  private async carryOut(request: Request): Promise<Response> {
    const url = new URL(request.url)
    if (request.method === 'PUT') return this.take(Number(url.searchParams.get('offset')), request)
    if (url.pathname.endsWith('/finish')) {
      this.finished++
      return json(200, { id: 'f1', size: this.bytes.length })
    }
    if (request.method === 'POST') {
      this.begun++
      this.after.begun?.()
      this.size = ((await request.json()) as { size: number }).size
    }
    return json(200, { id: 'u1', received: this.bytes.length, size: this.size })
  }

  private async take(offset: number, request: Request): Promise<Response> {
    if (offset !== this.bytes.length) return json(409, { detail: '请接着传。', received: this.bytes.length })
    const piece = new Uint8Array(await request.arrayBuffer())
    this.puts.push(piece.length)
    this.bytes = new Uint8Array([...this.bytes, ...piece])
    this.after[`piece ${this.puts.length}`]?.()
    return json(200, { id: 'u1', received: this.bytes.length, size: this.size })
  }
}

function json(status: number, body: unknown): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

function aFile(kib: number): { file: File; content: Uint8Array } {
  const content = Uint8Array.from({ length: kib * KIB }, (_, n) => n % 251)
  return { file: new File([content as never], '材料.pdf'), content }
}

describe('an upload', () => {
  let server: PretendServer
  let scope: EffectScope

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    server = new PretendServer()
    vi.stubGlobal('fetch', server.answer)
    scope = effectScope()
  })

  afterEach(() => {
    scope.stop()
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })

  function begin(): ReturnType<typeof useUpload> {
    const upload = scope.run(() => useUpload())
    if (!upload) throw new Error('the scope is over')
    return upload
  }

  /** Let the clock run until it is settled. */
  async function settled<T>(done: Promise<T>): Promise<T> {
    let isOpen = true
    const end = done.finally(() => (isOpen = false))
    while (isOpen) {
      await vi.advanceTimersByTimeAsync(500)
      await new Promise((resolve) => setImmediate(resolve))
    }
    return end
  }

  it('sends a file in pieces and is done', async () => {
    const { file, content } = aFile(600)
    const { start, state, progress, kept } = begin()
    expect((await settled(start(file, PDF)))?.id).toBe('f1')
    expect(server.bytes).toEqual(content)
    expect(server.puts.length).toBeGreaterThan(1)
    expect([state.value, progress.value, kept.value?.id]).toEqual(['done', 1, 'f1'])
  })

  it('waits for a broken line and sends nothing twice', async () => {
    const { file, content } = aFile(600)
    server.after.begun = () => (server.mishaps = ['away', 'away', 503])
    const { start, state } = begin()
    const seen: string[] = []
    scope.run(() => watch(state, (now) => seen.push(now), { flush: 'sync' }))
    expect(await settled(start(file, PDF))).not.toBeNull()
    expect(server.bytes).toEqual(content)
    expect(server.puts.reduce((sum, one) => sum + one)).toBe(content.length)
    expect(seen).toEqual(['sending', 'waiting', 'sending', 'done'])
  })

  it('goes on where the server is when the answer to a piece was lost', async () => {
    const { file, content } = aFile(600)
    server.after.begun = () => (server.mishaps = ['answer lost'])
    const { start } = begin()
    expect(await settled(start(file, PDF))).not.toBeNull()
    expect(server.puts.reduce((sum, one) => sum + one)).toBe(content.length)
    expect(server.bytes).toEqual(content)
  })

  it('stops after the last wait, and goes on from there when asked', async () => {
    const { file, content } = aFile(300)
    server.after['piece 1'] = () => (server.mishaps = Array.from({ length: 30 }, () => 'away'))
    const { start, retry, state, refusal } = begin()
    expect(await settled(start(file, PDF))).toBeNull()
    expect([state.value, refusal.value]).toEqual(['stopped', null])
    server.mishaps = []
    expect((await settled(retry()))?.id).toBe('f1')
    expect(server.begun).toBe(1)
    expect(server.bytes).toEqual(content)
  })

  it('tells what the server says and begins anew when asked', async () => {
    const { file } = aFile(10)
    server.mishaps = [413]
    const { start, retry, state, refusal } = begin()
    expect(await settled(start(file, PDF))).toBeNull()
    expect([state.value, refusal.value?.detail]).toEqual(['refused', '不行。'])
    expect((await settled(retry()))?.id).toBe('f1')
  })

  it('sends nothing more once it is left', async () => {
    const { file } = aFile(2000)
    const { start, cancel, state } = begin()
    server.after['piece 1'] = cancel
    expect(await settled(start(file, PDF))).toBeNull()
    const sent = server.puts.length
    await vi.advanceTimersByTimeAsync(60_000)
    expect([server.puts.length, server.finished, state.value]).toEqual([sent, 0, 'idle'])
  })
})

it.each([
  [256 * KIB, 100, 512 * KIB],
  [4096 * KIB, 100, 4096 * KIB],
  [256 * KIB, 5_000, 256 * KIB],
  [256 * KIB, 9_000, 128 * KIB],
  [128 * KIB, 9_000, 128 * KIB],
])('a piece of %i that took %i ms is followed by one of %i', (piece, took, next) => {
  expect(nextSize(piece, took)).toBe(next)
})

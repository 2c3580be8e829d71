import { QueryClient, QueryObserver } from '@tanstack/vue-query'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { LiveEvent, LiveState } from './protocol'
import { startLive, stopLive } from './live'
import { Stream } from './stream'

class PretendSource extends EventTarget {
  static made: PretendSource[] = []
  closed = false
  onopen: (() => void) | null = null
  onerror: (() => void) | null = null
  constructor() {
    super()
    PretendSource.made.push(this)
  }
  close(): void {
    this.closed = true
  }
  say(kind: string, data: string): void {
    this.dispatchEvent(new MessageEvent(kind, { data }))
  }
}

describe('the event stream', () => {
  let events: LiveEvent[] = []
  let states: LiveState[] = []
  let stream: Stream

  beforeEach(() => {
    vi.useFakeTimers()
    events = []
    states = []
    PretendSource.made = []
    stream = new Stream(
      (event) => events.push(event),
      (state) => states.push(state),
      () => new PretendSource() as unknown as EventSource,
    )
  })
  afterEach(() => vi.useRealTimers())

  it('hands on what it hears, with its kind', () => {
    stream.start()
    PretendSource.made[0]?.onopen?.()
    PretendSource.made[0]?.say('record', '{"device":"d1","ts":"2026-11-24T08:00:00+08:00"}')
    expect(events).toEqual([{ kind: 'record', device: 'd1', ts: '2026-11-24T08:00:00+08:00' }])
  })

  it('makes a new one after a failure, and says that everything may be old', () => {
    stream.start()
    PretendSource.made[0]?.onopen?.()
    PretendSource.made[0]?.onerror?.()
    expect(PretendSource.made[0]?.closed).toBe(true)
    vi.advanceTimersByTime(500)
    PretendSource.made[1]?.onopen?.()
    expect(states).toEqual(['connecting', 'open', 'lost', 'open'])
    expect(events).toEqual([{ kind: 'reset' }])
  })

  it('waits longer each time, at most fifteen seconds', () => {
    stream.start()
    for (const wait of [500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]) {
      const before = PretendSource.made.length
      PretendSource.made.at(-1)?.onerror?.()
      vi.advanceTimersByTime(wait - 1)
      expect(PretendSource.made).toHaveLength(before)
      vi.advanceTimersByTime(1)
      expect(PretendSource.made).toHaveLength(before + 1)
    }
  })

  it('waits longer for a door that opens and closes at once, and begins anew after one that was well', () => {
    stream.start()
    for (const wait of [500, 1_000, 2_000]) {
      PretendSource.made.at(-1)?.onopen?.()
      PretendSource.made.at(-1)?.onerror?.()
      const before = PretendSource.made.length
      vi.advanceTimersByTime(wait - 1)
      expect(PretendSource.made).toHaveLength(before)
      vi.advanceTimersByTime(1)
      expect(PretendSource.made).toHaveLength(before + 1)
    }
    PretendSource.made.at(-1)?.onopen?.()
    vi.advanceTimersByTime(10_000)
    PretendSource.made.at(-1)?.onerror?.()
    const before = PretendSource.made.length
    vi.advanceTimersByTime(500)
    expect(PretendSource.made).toHaveLength(before + 1)
  })

  it('stays closed once stopped', () => {
    stream.start()
    PretendSource.made[0]?.onerror?.()
    stream.stop()
    vi.advanceTimersByTime(60_000)
    expect(PretendSource.made).toHaveLength(1)
  })
})

describe('what was shown', () => {
  const opened: PretendSource[] = []
  beforeEach(() => {
    vi.useFakeTimers()
    vi.stubGlobal('SharedWorker', undefined)
    vi.stubGlobal(
      'EventSource',
      class extends PretendSource {
        constructor() {
          super()
          opened.push(this)
        }
      },
    )
  })
  afterEach(() => {
    stopLive()
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('arrives on a slow line too, however often it changes meanwhile, and is asked again once it is there', async () => {
    const queries = new QueryClient()
    let asked = 0
    const take = (signal: AbortSignal) =>
      new Promise<number>((resolve, reject) => {
        const mine = ++asked
        signal.addEventListener('abort', () => reject(new Error('cut off')))
        setTimeout(() => resolve(mine), 3_000)
      })
    const seen: (number | undefined)[] = []
    const observer = new QueryObserver(queries, {
      queryKey: ['work', 'list'],
      queryFn: ({ signal }) => take(signal),
      networkMode: 'always',
    })
    observer.subscribe(({ data }) => data !== seen.at(-1) && seen.push(data))
    startLive(queries)
    for (let i = 0; i < 8; i++) {
      opened[0]?.say('work', '{"id":"w1"}')
      await vi.advanceTimersByTimeAsync(500)
    }
    expect(seen).toEqual([1])
    await vi.advanceTimersByTimeAsync(10_000)
    expect(seen.at(-1)).toBe(asked)
    expect(asked).toBeLessThan(5)
  })
})

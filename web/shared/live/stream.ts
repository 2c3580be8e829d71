/** Holds one EventSource and makes a new one whenever it dies; a 502 closes an EventSource for good. */
import { KINDS, type LiveEvent, type LiveState } from './protocol'

const FIRST_WAIT_MS = 500
const LONGEST_WAIT_MS = 15_000
/** A stream that dies sooner was not well: a door that opens and closes at once would have every page ask again for ever. */
const WELL_AFTER_MS = 10_000

export class Stream {
  private source: EventSource | null = null
  private timer: ReturnType<typeof setTimeout> | null = null
  private wait = FIRST_WAIT_MS
  private wasOpen = false
  state: LiveState = 'off'
  since = Date.now()

  constructor(
    private readonly onEvent: (event: LiveEvent) => void,
    private readonly onState: (state: LiveState, since: number) => void,
    private readonly open = () => new EventSource('/api/live'),
  ) {}

  start(): void {
    if (this.source || this.timer) return
    this.connect()
  }

  stop(): void {
    if (this.timer) clearTimeout(this.timer)
    this.timer = null
    this.source?.close()
    this.source = null
    this.wasOpen = false
    this.wait = FIRST_WAIT_MS
    this.become('off')
  }

  private become(state: LiveState): void {
    if (state === this.state) return
    this.state = state
    this.since = Date.now()
    this.onState(state, this.since)
  }

  private connect(): void {
    this.timer = null
    if (this.state !== 'lost') this.become('connecting')
    const source = this.open()
    this.source = source
    source.onopen = () => {
      this.become('open')
      // a new EventSource cannot name the last event it saw: everything shown may be old
      if (this.wasOpen) this.onEvent({ kind: 'reset' })
      this.wasOpen = true
    }
    for (const kind of KINDS)
      source.addEventListener(kind, (message) => {
        try {
          this.onEvent({ kind, ...(JSON.parse((message as MessageEvent<string>).data || '{}') as object) })
        } catch {
          this.onEvent({ kind: 'reset' })
        }
      })
    source.onerror = () => {
      source.close()
      if (this.source !== source) return
      this.source = null
      if (this.state === 'open' && Date.now() - this.since >= WELL_AFTER_MS) this.wait = FIRST_WAIT_MS
      this.become('lost')
      this.timer = setTimeout(() => this.connect(), this.wait)
      this.wait = Math.min(this.wait * 2, LONGEST_WAIT_MS)
    }
  }
}

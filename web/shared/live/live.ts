/** What changes on the server reaches the page as ids; queries that show them are fetched again. */
import type { Query, QueryClient } from '@tanstack/vue-query'
import { computed, onScopeDispose, reactive, readonly } from 'vue'
import type { Kind, LiveEvent, LiveState, ToPage, ToWorker } from './protocol'
import { Stream } from './stream'

type Listener = (event: LiveEvent) => void

const listeners = new Set<{ kinds: readonly Kind[]; hear: Listener }>()
const link = reactive({ state: 'off' as LiveState, since: Date.now(), online: true })

let send: ((message: ToWorker) => void) | null = null
let queries: QueryClient | null = null

/** Which queries an event makes old, as prefixes of their keys. */
export function stale(event: LiveEvent): string[][] {
  switch (event.kind) {
    case 'record':
      return event.device
        ? [
            ['telemetry', event.device],
            ['devices', 'item', event.device],
          ]
        : [['telemetry']]
    case 'device':
      return [['devices']]
    case 'alert':
      return [['alerts'], ['matters']]
    case 'work':
      return [['work'], ['matters'], ['notices']]
    case 'figure':
      return [['figures']]
    case 'reset':
      return [[]]
  }
}

/** At a thousand records a second the page still refetches twice a second at most. */
const EVERY_MS = 500
const waiting = new Map<string, readonly unknown[]>()
let flushing = false

/** What is on its way is never cut off (on a slow line nothing would ever arrive): it is asked again once it is there. */
function refetch(queryKey: readonly unknown[]): void {
  if (!queries) return
  const isBusy = (query: Query) => query.state.fetchStatus === 'fetching'
  for (const query of queries.getQueryCache().findAll({ queryKey, predicate: isBusy }))
    waiting.set(query.queryHash, query.queryKey)
  void queries.invalidateQueries({ queryKey, predicate: (query) => !isBusy(query) })
}

function flush(): void {
  const keys = [...waiting.values()]
  waiting.clear()
  for (const queryKey of keys) refetch(queryKey)
  flushing = keys.length > 0
  if (flushing) setTimeout(flush, EVERY_MS)
}

function hear(event: LiveEvent): void {
  for (const key of stale(event)) waiting.set(key.join('\n'), key)
  if (!flushing) flush()
  for (const one of listeners) if (one.kinds.includes(event.kind) || event.kind === 'reset') one.hear(event)
}

function take(message: ToPage): void {
  if (message.type === 'event') hear(message.event)
  else Object.assign(link, { state: message.state, since: message.since })
}

function connect(): (message: ToWorker) => void {
  if (typeof SharedWorker === 'function') {
    const worker = new SharedWorker(new URL('./worker.ts', import.meta.url), {
      type: 'module',
      name: 'xiangyun-live',
    })
    worker.port.onmessage = ({ data }: MessageEvent<ToPage>) => take(data)
    const post = (message: ToWorker) => worker.port.postMessage(message)
    setInterval(() => post({ type: 'here' }), 30_000)
    addEventListener('pagehide', () => post({ type: 'bye' }))
    addEventListener(
      'pageshow',
      (event) => (event as PageTransitionEvent).persisted && post({ type: 'start' }),
    )
    return post
  }
  const stream = new Stream(hear, (state, since) => Object.assign(link, { state, since }))
  return ({ type }) => (type === 'start' ? stream.start() : type === 'stop' ? stream.stop() : undefined)
}

/** Listen from now on; called after the session is known. Again after a sign-in as somebody else. */
export function startLive(client: QueryClient): void {
  queries = client
  link.online = navigator.onLine
  if (!send) {
    send = connect()
    addEventListener('online', () => (link.online = true))
    addEventListener('offline', () => (link.online = false))
  }
  send({ type: 'start' })
}

export function stopLive(): void {
  send?.({ type: 'stop' })
}

/** Call `hear` for these kinds while the component lives; `reset` always comes through. */
export function useLive(kinds: readonly Kind[], hearing: Listener): void {
  const one = { kinds, hear: hearing }
  listeners.add(one)
  onScopeDispose(() => listeners.delete(one))
}

/** For the offline strip: is what stands on the page kept fresh, and since when not. */
export function useConnection() {
  return {
    link: readonly(link),
    fresh: computed(() => link.online && (link.state === 'open' || link.state === 'off')),
  }
}

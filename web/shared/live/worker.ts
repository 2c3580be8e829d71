/** SharedWorker: all tabs of this browser share one event stream (HTTP/1.1 allows six connections a host). */
import type { ToPage, ToWorker } from './protocol'
import { Stream } from './stream'

const SILENT_MS = 90_000
const ports = new Map<MessagePort, number>()

const tell = (message: ToPage) => ports.forEach((_seen, port) => port.postMessage(message))

const stream = new Stream(
  (event) => tell({ type: 'event', event }),
  (state, since) => tell({ type: 'state', state, since }),
)

function leave(port: MessagePort): void {
  ports.delete(port)
  if (ports.size === 0) stream.stop()
}

/** A port does not tell when its tab is gone: tabs say that they are here. */
setInterval(() => {
  for (const [port, seen] of ports) if (Date.now() - seen > SILENT_MS) leave(port)
}, SILENT_MS / 3)

;(globalThis as unknown as SharedWorkerGlobalScope).onconnect = ({ ports: [port] }) => {
  if (!port) return
  port.onmessage = ({ data }: MessageEvent<ToWorker>) => {
    if (data.type === 'bye') return leave(port)
    ports.set(port, Date.now())
    if (data.type === 'start') {
      stream.start()
      port.postMessage({ type: 'state', state: stream.state, since: stream.since } satisfies ToPage)
    }
    if (data.type === 'stop') stream.stop()
  }
}

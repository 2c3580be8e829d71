/** A file on its way to the server: how far it is, and what to do when the line breaks. */
import { computed, onScopeDispose, ref, shallowRef } from 'vue'
import { Refusal } from '../api/refusal'
import { journeyOf, send, type Journey, type Kept, type Wanted } from './send'

/** `waiting`: the line is broken and tried again by itself. `stopped`: it was tried long enough, `retry` goes on. */
export type UploadState = 'idle' | 'sending' | 'waiting' | 'stopped' | 'refused' | 'done'

/** `start` and `retry` resolve to the file as it was kept, or null; why not stands in `state` and `refusal`. */
export function useUpload() {
  const state = ref<UploadState>('idle')
  const received = ref(0)
  const size = ref(0)
  const refusal = shallowRef<Refusal | null>(null)
  const kept = shallowRef<Kept | null>(null)
  let journey: Journey | null = null
  let stop = new AbortController()

  async function travel(): Promise<Kept | null> {
    if (!journey) return null
    stop = new AbortController()
    const { signal } = stop
    const isMine = () => !signal.aborted
    state.value = 'sending'
    refusal.value = null
    try {
      const file = await send(journey, {
        signal,
        onReceived: (bytes) => isMine() && (received.value = bytes),
        onWaiting: (isWaiting) => isMine() && (state.value = isWaiting ? 'waiting' : 'sending'),
      })
      if (!isMine()) return null
      kept.value = file
      state.value = 'done'
      return file
    } catch (fault) {
      if (!isMine()) return null
      refusal.value = fault instanceof Refusal ? fault : null
      state.value = fault instanceof Refusal ? 'refused' : 'stopped'
      // What the server does not know any more (a day went by) is begun anew.
      if (fault instanceof Refusal) journey = journeyOf(journey.file, journey.wanted)
      return null
    }
  }

  function start(file: File, wanted: Wanted): Promise<Kept | null> {
    cancel()
    journey = journeyOf(file, wanted)
    size.value = file.size
    return travel()
  }

  function retry(): Promise<Kept | null> {
    stop.abort()
    return travel()
  }

  /** Leave it; the server drops what came of it within a day. */
  function cancel(): void {
    stop.abort()
    journey = null
    state.value = 'idle'
    received.value = size.value = 0
    refusal.value = kept.value = null
  }

  onScopeDispose(() => stop.abort())
  const progress = computed(() => (size.value ? received.value / size.value : 0))
  return { state, progress, received, size, refusal, kept, start, retry, cancel }
}

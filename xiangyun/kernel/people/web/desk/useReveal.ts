/** Opening masked fields one at a time: which one is asked for, and which stand open until they mask themselves. */
import { Refusal } from '@shared/api/refusal'
import { useIntervalFn } from '@vueuse/core'
import { inject, onScopeDispose, provide, reactive, ref, shallowRef, type InjectionKey } from 'vue'
import type { Revealed } from '../api'

/** A masked field: where it stands, its name in words, and the request that opens it. */
export interface Sealed {
  key: string
  name: string
  open: (reason: string) => Promise<Revealed>
}
/** Why somebody looks, in the order of their keys. */
export const REASONS = ['service', 'visit', 'check', 'emergency', 'request'] as const

const KEY: InjectionKey<Reveals> = Symbol('reveals')
type Reveals = ReturnType<typeof make>

function make() {
  const asking = shallowRef<Sealed | null>(null)
  const refusal = shallowRef<unknown>(null)
  const busy = ref(false)
  const opened = reactive(new Map<string, Revealed>())
  const now = ref(Date.now())
  useIntervalFn(() => {
    now.value = Date.now()
    for (const [key, { masks_at }] of opened) if (+new Date(masks_at) <= now.value) opened.delete(key)
  }, 1_000)
  onScopeDispose(() => opened.clear())

  function ask(sealed: Sealed | null): void {
    refusal.value = null
    asking.value = sealed
  }
  async function reveal(reason: string): Promise<void> {
    const sealed = asking.value
    if (!sealed || busy.value) return
    busy.value = true
    try {
      opened.set(sealed.key, await sealed.open(reason))
      asking.value = null
    } catch (error) {
      refusal.value = error
      if (error instanceof Refusal && error.status === 404) asking.value = null
    } finally {
      busy.value = false
    }
  }
  const leftS = (key: string) =>
    Math.max(0, Math.ceil((+new Date(opened.get(key)?.masks_at ?? 0) - now.value) / 1_000))
  return {
    asking,
    refusal,
    busy,
    ask,
    reveal,
    leftS,
    opened: (key: string) => opened.get(key)?.value,
    mask: (key: string) => opened.delete(key),
    forget: () => {
      opened.clear()
      ask(null)
    },
  }
}

/** Called by the page; the fields below it share one question. */
export function provideReveals(): Reveals {
  const made = make()
  provide(KEY, made)
  return made
}

export function useReveals(): Reveals {
  const found = inject(KEY)
  if (!found) throw new Error('no page above provides reveals')
  return found
}

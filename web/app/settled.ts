/** True once a page made of panels has what it needs, so that it appears as a whole and nothing jumps under a thumb. */
import { useIsFetching } from '@tanstack/vue-query'
import { onMounted, onScopeDispose, readonly, ref, watch } from 'vue'

/** On a slow line what is there is shown anyway. */
const AT_MOST_MS = 4_000
/** What has come in needs a moment to begin to ask. */
const QUIET_MS = 120

/** How many panels are on their way. */
const coming = ref(0)

/** A panel that is fetched: pages that wait for everything wait for it too. */
export async function awaited<T>(panel: Promise<T>): Promise<T> {
  coming.value += 1
  try {
    return await panel
  } finally {
    coming.value -= 1
  }
}

export function useSettled() {
  const fetching = useIsFetching()
  const settled = ref(false)
  let quiet: ReturnType<typeof setTimeout> | undefined
  const settle = () => (settled.value = true)
  /** On a machine without Chinese letters of its own the web font comes first: with it lines break elsewhere. */
  const lettered = () =>
    void (document.fonts?.status === 'loading' ? document.fonts.ready.then(settle) : settle())
  const limit = setTimeout(settle, AT_MOST_MS)
  onMounted(() =>
    watch(
      () => fetching.value + coming.value,
      (count) => {
        clearTimeout(quiet)
        if (count === 0) quiet = setTimeout(lettered, QUIET_MS)
      },
      { immediate: true },
    ),
  )
  onScopeDispose(() => {
    clearTimeout(limit)
    clearTimeout(quiet)
  })
  return readonly(settled)
}

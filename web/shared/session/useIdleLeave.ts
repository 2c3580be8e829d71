/** At a desk others walk past: whoever touches nothing for half an hour is signed out, and told two minutes before.
 * The server ends the session by itself; this also holds where a page that refreshes itself keeps asking. */
import { useIdle } from '@vueuse/core'
import { computed, watch } from 'vue'
import { useSession } from './session'

const MINUTE = 60_000
const LEAVES_AFTER = 30 * MINUTE
const WARNS_BEFORE = 2 * MINUTE

export function useIdleLeave() {
  const { session, logout } = useSession()
  const still = useIdle(LEAVES_AFTER - WARNS_BEFORE)
  const gone = useIdle(LEAVES_AFTER)
  watch(gone.idle, (isGone) => {
    if (isGone && session.value) logout().catch(() => undefined)
  })
  return { isLeaving: computed(() => still.idle.value && !gone.idle.value && session.value !== null) }
}

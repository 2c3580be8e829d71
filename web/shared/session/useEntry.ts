/** Signing in from a form: one try at a time; why one was refused stays until the next. */
import { ref } from 'vue'
import { useSession } from './session'

type Credentials = Parameters<ReturnType<typeof useSession>['login']>[0]

export function useEntry() {
  const { login } = useSession()
  const busy = ref(false)
  const refusal = ref<unknown>(null)

  /** Whether these let the person in. */
  async function enter(credentials: Credentials): Promise<boolean> {
    busy.value = true
    refusal.value = null
    try {
      await login(credentials)
    } catch (error) {
      refusal.value = error
    } finally {
      busy.value = false
    }
    return refusal.value === null
  }
  return { busy, refusal, enter }
}

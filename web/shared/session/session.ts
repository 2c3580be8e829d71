/** Who sits here: the signed-in account, its posts and abilities. No token is ever kept in script. */
import { useQueryClient, type QueryClient } from '@tanstack/vue-query'
import { computed, readonly, ref, shallowRef } from 'vue'
import { get, post, remove, type Out } from '../api/client'
import { Refusal, Unreachable } from '../api/refusal'
import { startLive, stopLive } from '../live/live'
import type { SignedKey } from './passkey'

export type Post = Out<'SessionPost'>

export type Session = Out<'SessionOut'>

export type Credentials =
  | { account: string; password: string; code?: string; key?: SignedKey; place?: 'desk' | 'app' }
  | { ticket: string }
  | { token: string; account: string; password: string; name?: string }

const session = shallowRef<Session | null>(null)
/** The town could not be asked who sits here. */
const isUnasked = ref(false)
/** The town knows nobody here any more; what this phone keeps is open, and whoever is in the middle of it goes on. */
const isLapsed = ref(false)

/** True if one of the person's posts gives the ability. No argument of need: always true. */
export function may(ability?: string): boolean {
  return !ability || (session.value?.abilities.includes(ability) ?? false)
}

/** The account that is signed in, for those who are no component. */
export const account = (): string | null => session.value?.account ?? null
export const isSignedIn = (): boolean => session.value !== null

/** What the session is, said anew by an answer that changed it. */
export function keepSession(told: Session): void {
  session.value = told
}

let goesOn: () => boolean = () => false
/** When whoever sits here may go on though the town knows them no more: nobody pulls a page away from under them. */
export function goOnWhile(test: () => boolean): void {
  goesOn = test
}

/** Ask the server once, before the first page is drawn. */
export async function loadSession(): Promise<Session | null> {
  // both cookies come and go together; without this one nobody is signed in and nothing need be asked
  if (!document.cookie.includes('csrftoken=')) return null
  try {
    session.value = await get<Session>('/api/session')
    isUnasked.value = isLapsed.value = false
  } catch (refusal) {
    isUnasked.value = refusal instanceof Unreachable || (refusal instanceof Refusal && refusal.status >= 500)
    if (!(refusal instanceof Refusal && refusal.status === 401)) throw refusal
    if (goesOn()) isLapsed.value = true
    else session.value = null
  }
  return isLapsed.value ? null : session.value
}

/** An answer said that nobody is signed in. */
export function signedOut(queries: QueryClient): void {
  if (!goesOn()) return forgetSession(queries)
  isLapsed.value = true
  stopLive()
}

export function forgetSession(queries: QueryClient): void {
  session.value = null
  isLapsed.value = false
  stopLive()
  queries.clear()
}

export function useSession() {
  const queries = useQueryClient()

  async function login(credentials: Credentials): Promise<void> {
    queries.clear()
    stopLive()
    session.value = await post<Session>('/api/session', credentials)
    isLapsed.value = false
    startLive(queries)
  }

  async function logout(): Promise<void> {
    try {
      await remove('/api/session')
    } finally {
      forgetSession(queries)
    }
  }

  /** Ask once more who sits here: signal may be back. */
  async function resume(): Promise<void> {
    if (await loadSession().catch(() => null)) startLive(queries)
  }

  return {
    session: computed(() => session.value),
    isUnasked: readonly(isUnasked),
    isLapsed: readonly(isLapsed),
    roles: computed(() => session.value?.posts.map(({ role }) => role) ?? []),
    may,
    login,
    logout,
    resume,
  }
}

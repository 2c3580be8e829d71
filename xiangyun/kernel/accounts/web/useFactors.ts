/** My second factors, and what may be done with them; a change is read again, the session with it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { get } from '@shared/api/client'
import { makeKey, signWithKey } from '@shared/session/passkey'
import { keepSession, useSession, type Session } from '@shared/session/session'
import { computed, ref } from 'vue'
import { useI18n } from 'vue-i18n'
import {
  addSecurityKey,
  askFactor,
  beginFactor,
  beginSecurityKey,
  confirmFactor,
  dropFactor,
  dropSecurityKey,
  getFactors,
  renewCodes,
  showFactor,
} from './api'

/** What is bound to me; the server says in the reader's language why keys are not offered. */
export function useBound() {
  const { locale } = useI18n()
  return useQuery({ queryKey: computed(() => ['factors', locale.value]), queryFn: getFactors })
}

export function useFactors() {
  const { session } = useSession()
  const cache = useQueryClient()
  const { data: factors, error } = useBound()
  /** Recovery codes just made; they are never told again. */
  const codes = ref<string[]>([])

  async function again(): Promise<void> {
    await cache.invalidateQueries({ queryKey: ['factors'] })
    await cache.invalidateQueries({ queryKey: ['sessions'] })
    keepSession(await get<Session>('/api/session'))
  }
  const keepCodes = (told: { codes: string[] }): Promise<void> => {
    if (told.codes.length) codes.value = told.codes
    return again()
  }

  const begin = useMutation({ mutationFn: beginFactor })
  const confirm = useMutation({
    mutationFn: confirmFactor,
    onSuccess: (told) => {
      begin.reset()
      return keepCodes(told)
    },
  })
  const show = useMutation({ mutationFn: (code: string) => showFactor({ code }), onSuccess: again })
  const showKey = useMutation({
    mutationFn: async () => showFactor({ key: await signWithKey((await askFactor()).options) }),
    onSuccess: again,
  })
  const drop = useMutation({ mutationFn: (code: string) => dropFactor({ code }), onSuccess: again })
  const addKey = useMutation({
    mutationFn: async (name: string) =>
      addSecurityKey(name, await makeKey((await beginSecurityKey()).options)),
    onSuccess: keepCodes,
  })
  const dropKey = useMutation({ mutationFn: dropSecurityKey, onSuccess: again })
  const renew = useMutation({ mutationFn: renewCodes, onSuccess: keepCodes })

  return {
    session,
    factors,
    error,
    codes,
    begin,
    confirm,
    show,
    showKey,
    drop,
    addKey,
    dropKey,
    renew,
    isBound: computed(() => session.value?.factor === 'bound'),
    /** A factor is bound and was not shown in this session: it comes before any change. */
    mustShow: computed(() => session.value?.factor === 'bound' && factors.value?.is_strong === false),
  }
}

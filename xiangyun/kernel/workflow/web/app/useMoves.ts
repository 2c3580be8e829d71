/** Answering one work item from a phone: what is on its way, what came through, what did not. */
import { useQueryClient } from '@tanstack/vue-query'
import { opId, post } from '@shared/api/client'
import { Refusal, Unreachable } from '@shared/api/refusal'
import { ref, shallowRef, toValue, type MaybeRefOrGetter } from 'vue'
import { useI18n } from 'vue-i18n'
import type { Move, Person, WholeWork, Work } from '../api'
import { keepAnswer } from './keptWork'

export type Answer = Exclude<Move, 'reassign'>

export interface Conflict {
  /** Who was first; null where the server does not say. */
  by: Person | null
  at: string | null
  says: string
  /** What I had written with it. */
  note: string
}

/** Nothing is shown as done before the server said so; a repeat after a lost line carries the same id and counts once. */
export function useMoves(id: MaybeRefOrGetter<string>) {
  const { t } = useI18n()
  const cache = useQueryClient()
  const going = ref<Answer | null>(null)
  const conflict = shallowRef<Conflict | null>(null)
  const refusal = shallowRef<unknown>(null)
  /** Sent, but no answer came: it may or may not have arrived. */
  const unsent = shallowRef<{ move: Answer; note: string } | null>(null)
  /** It waits on this phone for signal. */
  const kept = ref(false)
  let pending: { move: Answer; note: string; op: string } | null = null

  async function answer(move: Answer, note = ''): Promise<boolean> {
    if (going.value) return false
    if (!pending || pending.move !== move || pending.note !== note) pending = { move, note, op: opId() }
    going.value = move
    conflict.value = refusal.value = unsent.value = null
    const work = toValue(id)
    try {
      if (await keepAnswer(work, move, note, t('workflow.app.kept_title'))) {
        pending = null
        return (kept.value = true)
      }
      const fresh = await post<Work>(
        '/api/work/{id}/{move}',
        { note, op_id: pending.op },
        { path: { id: work, move } },
      )
      pending = null
      cache.setQueryData<WholeWork>(['work', 'item', work], (old) => old && { ...old, ...fresh })
      // lists that are not on the page now would show the old state for a moment when they come back
      cache.setQueriesData<unknown>({ queryKey: ['work', 'list'] }, (old: unknown) =>
        Array.isArray(old)
          ? (old as Work[]).map((one) => (one.id === fresh.id ? { ...one, ...fresh } : one))
          : old,
      )
      return true
    } catch (error) {
      if (error instanceof Unreachable) {
        if (await keepTried(work, move, note)) return (kept.value = true)
        unsent.value = { move, note }
      } else {
        pending = null
        if (error instanceof Refusal && error.status === 409) conflict.value = conflictOf(error, note)
        else refusal.value = error
      }
      return false
    } finally {
      going.value = null
      void cache.invalidateQueries({ queryKey: ['work'] })
    }
  }

  /** A line that leads nowhere: what may have arrived all the same counts once. */
  async function keepTried(work: string, move: Answer, note: string): Promise<boolean> {
    const title = t('workflow.app.kept_title')
    const isKept = await keepAnswer(work, move, note, title, pending?.op).catch(() => false)
    if (isKept) pending = null
    return isKept
  }

  function forget(): void {
    conflict.value = refusal.value = unsent.value = null
    kept.value = false
  }

  return { answer, going, conflict, refusal, unsent, kept, forget }
}

function conflictOf({ body, detail }: Refusal, note: string): Conflict {
  const by = body.by as Partial<Person> | null | undefined
  return {
    by: by && typeof by.name === 'string' ? { account: by.account ?? '', name: by.name } : null,
    at: typeof body.at === 'string' ? body.at : null,
    says: detail,
    note,
  }
}

/** Doing something with one thing of the server: the same once more carries the same id, and counts once. */
import { useMutation, useQueryClient } from '@tanstack/vue-query'
import { opId } from '@shared/api/client'
import { Unreachable } from '@shared/api/refusal'
import { toValue, type MaybeRefOrGetter } from 'vue'
import type { Body } from './api'

export function useActing<Door extends string, Told>(
  key: MaybeRefOrGetter<readonly unknown[]>,
  through: (door: Door, body: Body) => Promise<Told>,
) {
  const cache = useQueryClient()
  /** Sent without an answer: nobody knows whether it counted. */
  let unsure: { asked: string; op: string } | null = null
  async function send(door: Door, body: Body): Promise<Told> {
    const asked = JSON.stringify([toValue(key), door, body])
    const op = unsure?.asked === asked ? unsure.op : opId()
    unsure = { asked, op }
    try {
      const fresh = await through(door, { ...body, op_id: op })
      unsure = null
      return fresh
    } catch (fault) {
      if (!(fault instanceof Unreachable)) unsure = null
      throw fault
    }
  }
  const acting = useMutation({
    mutationFn: async (acts: readonly [Door, Body][]) => {
      for (const [door, body] of acts) cache.setQueryData(toValue(key), await send(door, body))
    },
    onSettled: () => {
      void cache.invalidateQueries({ queryKey: ['work'] })
      return cache.invalidateQueries({ queryKey: ['grid'] })
    },
  })
  return { act: acting.mutateAsync, busy: acting.isPending, refusal: acting.error, forget: acting.reset }
}

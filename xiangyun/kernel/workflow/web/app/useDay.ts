/** One person's day: what is theirs, what nobody took, what others have, what they finished today. */
import { useQuery } from '@tanstack/vue-query'
import { useSession } from '@shared/session/session'
import { dayOf, useNow } from '@shared/words/time'
import { computed } from 'vue'
import { listWork, type Work } from '../api'
import { orKept } from './keptWork'

export interface Day {
  mine: Work[]
  nobody: Work[]
  others: Work[]
}

/** What asks for an answer within minutes first, then what is late, then what is due first; the graver of two before. */
export function inOrder(works: readonly Work[], me?: string): Work[] {
  const rank = (work: Work) =>
    work.state === 'open' && work.take_by_at && work.assignee?.account === me ? 0 : work.is_late ? 1 : 2
  const due = (work: Work) => +new Date(work.due_at)
  return [...works].sort(
    (a, b) =>
      rank(a) - rank(b) ||
      (rank(a) === 1 ? a.severity - b.severity : 0) ||
      due(a) - due(b) ||
      a.severity - b.severity,
  )
}

export function sorted(works: readonly Work[], me: string | undefined): Day {
  const day: Day = { mine: [], nobody: [], others: [] }
  for (const work of inOrder(works, me)) {
    if (work.state === 'done') continue
    if (work.assignee?.account === me && me) day.mine.push(work)
    else if (work.state === 'open' && (!work.assignee || work.is_unaccepted)) day.nobody.push(work)
    else day.others.push(work)
  }
  return day
}

export function useDay() {
  const { session } = useSession()
  const now = useNow()
  const undone = useQuery({
    queryKey: ['work', 'list', 'phone'],
    queryFn: () =>
      orKept<Work[]>(
        async () => {
          const [open, taken] = await Promise.all([
            listWork({ state: 'open', limit: 100 }),
            listWork({ state: 'taken', limit: 100 }),
          ])
          return [...open.items, ...taken.items]
        },
        (kept) => kept,
      ),
  })
  const finished = useQuery({
    queryKey: ['work', 'list', 'finished'],
    queryFn: async () => (await listWork({ state: 'done', mine: true, limit: 20 })).items,
  })
  return {
    day: computed(() => sorted(undone.data.value ?? [], session.value?.account)),
    finished: computed(() =>
      (finished.data.value ?? []).filter(({ done_at }) => done_at && dayOf(done_at) === dayOf(now.value)),
    ),
    loaded: computed(() => undone.data.value !== undefined),
    readAt: undone.dataUpdatedAt,
    failed: undone.error,
    again: undone.refetch,
  }
}

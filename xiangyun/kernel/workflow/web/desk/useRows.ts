/** The rows of the list of work: one of my boxes, or what stands in my places; narrowed by kind and by words. */
import { useSession } from '@shared/session/session'
import { useTimes } from '@shared/words/time'
import { refDebounced } from '@vueuse/core'
import { computed, ref, toValue, watch, watchEffect, type MaybeRefOrGetter } from 'vue'
import { useInbox } from '../useInbox'
import { nobodyHas, useDoneWork, useOpenWork } from '../useWork'
import { grouped, isBox, looked, rowOfInbox, rowOfWork, type Box, type View } from './boxes'

export function useRows(box: MaybeRefOrGetter<Box | View>) {
  const { now } = useTimes()
  const { session } = useSession()
  const me = computed(() => session.value?.account)
  const q = ref('')
  const kind = ref('')
  const said = refDebounced(q, 250)

  const mine = useInbox(() => {
    const name = toValue(box)
    return isBox(name) ? name : null
  })
  const undone = useOpenWork()
  const done = useDoneWork(() => toValue(box) === 'finished')
  const nobodys = computed(() => (undone.data.value ?? []).filter((work) => nobodyHas(work, now.value)))

  const rows = computed(() => {
    const name = toValue(box)
    if (isBox(name)) return mine.rows.map((item) => rowOfInbox(item, now.value, me.value))
    const works =
      name === 'nobody' ? nobodys.value : ((name === 'finished' ? done.data.value : undone.data.value) ?? [])
    return works.map((work) => rowOfWork(work, now.value, me.value))
  })
  /** By name; the tasks of a place do not say their kind's. */
  const kinds = computed(
    () => new Map(rows.value.flatMap((row) => (row.kindName ? [[row.kind, row.kindName] as const] : []))),
  )
  watch(
    () => toValue(box),
    () => (kind.value = ''),
  )
  const shown = computed(() =>
    looked(kind.value ? rows.value.filter((row) => row.kind === kind.value) : rows.value, said.value),
  )
  // Whoever looks for something looks in the whole box, not in what has come of it.
  watchEffect(() => {
    if ((said.value || kind.value) && mine.hasMore && !mine.loadingMore) mine.more()
  })

  const source = computed(() => {
    const name = toValue(box)
    if (isBox(name)) return mine
    const query = name === 'finished' ? done : undone
    return {
      isPending: query.isPending.value,
      error: query.error.value,
      hasMore: false,
      loadingMore: false,
      refetch: (): void => void query.refetch(),
      more: (): void => undefined,
    }
  })
  return {
    q,
    kind,
    kinds,
    groups: computed(() => grouped(shown.value)),
    source,
    all: computed(() => undone.data.value?.length ?? 0),
    nobody: computed(() => nobodys.value.length),
    late: computed(
      () => (undone.data.value ?? []).filter((work) => +new Date(work.due_at) <= now.value).length,
    ),
  }
}

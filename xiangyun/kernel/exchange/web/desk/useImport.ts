/** One import: asked again while a job works on it, and the steps that move it on. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, watch } from 'vue'
import { useI18n } from 'vue-i18n'
import {
  cancelImport,
  checkImport,
  getImport,
  listFaults,
  runImport,
  undoImport,
  type Reading,
  type Step,
} from '../api'

const EVERY_MS = 1000
const STEPS = { run: runImport, cancel: cancelImport, undo: undoImport }

export function useImport(id: () => string) {
  const { locale } = useI18n()
  const cache = useQueryClient()
  const key = computed(() => ['exchange', 'imports', 'one', id(), locale.value])
  const one = useQuery({
    queryKey: key,
    queryFn: () => getImport(id()),
    refetchInterval: ({ state }) => (state.data?.phase ? EVERY_MS : false),
  })
  const phase = computed(() => one.data.value?.phase)
  const counts = computed(() => one.data.value?.counts)
  const faults = useQuery({
    queryKey: computed(() => ['exchange', 'imports', 'faults', id(), locale.value]),
    queryFn: () => listFaults(id()),
    enabled: () => Boolean(counts.value?.bad) && !phase.value,
  })
  const again = () => cache.invalidateQueries({ queryKey: ['exchange', 'imports'] })
  watch(phase, (now, before) => {
    if (before && !now) void again()
  })
  const check = useMutation({
    mutationFn: (reading: Reading) => checkImport(id(), reading),
    onSettled: again,
  })
  const step = useMutation({ mutationFn: (name: Step) => STEPS[name](id()), onSettled: again })
  const isBusy = computed(() => check.isPending.value || step.isPending.value)
  return { one, faults, check, step, isBusy }
}

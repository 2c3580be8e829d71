/** Families under anti-poverty monitoring on the wire, and what can be done with a file. */
import { get, opId, post, type Out, type Page } from '@shared/api/client'
import { useQuery } from '@tanstack/vue-query'
import { computed, toValue, type MaybeRefOrGetter } from 'vue'
import type { ChipState } from '@shared/ui/StateChip.vue'
import type { Body } from './api'
import { useActing } from './useActing'

export type Monitoring = Out<'MonitoringOut'>
export type WholeMonitoring = Out<'MonitoringWholeOut'>
export type State = Monitoring['state']
type Measure = WholeMonitoring['measures'][number]

export const HOWS: readonly Monitoring['how'][] = ['self_report', 'visit', 'data']
export const MEASURES: readonly Measure['what'][] = [
  'industry',
  'job',
  'public_post',
  'safety_net',
  'health',
  'education',
  'housing',
  'water',
  'other',
]
/** Local practice, no national rule; whoever makes it public may say another number. */
export const PUBLIC_DAYS = 5
export const MOST_PUBLIC_DAYS = 60

const CHIPS: Readonly<Record<State, ChipState>> = {
  found: 'todo',
  verified: 'todo',
  publicised: 'paused',
  approved: 'todo',
  helped: 'ok',
  stable: 'ok',
  exited: 'done',
  not_met: 'done',
}
/** In the order in which they come. */
export const STATES = Object.keys(CHIPS) as State[]
export const chipOf = ({ state }: Pick<Monitoring, 'state'>): ChipState => CHIPS[state]

const ACTS = {
  verify: '/api/grid/monitoring/{monitoring_id}/verify',
  publicise: '/api/grid/monitoring/{monitoring_id}/publicise',
  object: '/api/grid/monitoring/{monitoring_id}/object',
  approve: '/api/grid/monitoring/{monitoring_id}/approve',
  refuse: '/api/grid/monitoring/{monitoring_id}/refuse',
  add_measure: '/api/grid/monitoring/{monitoring_id}/measures',
  mark_stable: '/api/grid/monitoring/{monitoring_id}/stable',
  exit: '/api/grid/monitoring/{monitoring_id}/exit',
} as const
export type Act = keyof typeof ACTS

export const listMonitoring = (query: Record<string, string | number | undefined>) =>
  get<Page<Monitoring>>('/api/grid/monitoring', { query })
export const findHome = (body: Body) =>
  post<WholeMonitoring>('/api/grid/monitoring', { ...body, op_id: opId() })
const getMonitoring = (monitoring_id: string) =>
  get<WholeMonitoring>('/api/grid/monitoring/{monitoring_id}', { path: { monitoring_id } })

/** What is open to somebody now, the next step first. */
export const actsOf = ({ may }: Pick<Monitoring, 'may'>): Act[] =>
  may.filter((one): one is Act => one in ACTS)

export function useMonitoring(id: MaybeRefOrGetter<string>) {
  const key = computed(() => ['grid', 'monitoring', 'item', toValue(id)])
  const query = useQuery({ queryKey: key, queryFn: () => getMonitoring(toValue(id)) })
  const acting = useActing<Act, WholeMonitoring>(key, (act, body) =>
    post<WholeMonitoring>(ACTS[act], body, { path: { monitoring_id: toValue(id) } }),
  )
  return { file: query.data, failed: query.error, again: () => void query.refetch(), ...acting }
}

/** Mediation files on the wire, and what can be done with one. */
import { get, opId, post, type Out, type Page } from '@shared/api/client'
import { useQuery } from '@tanstack/vue-query'
import { computed, ref, toValue, type MaybeRefOrGetter } from 'vue'
import type { ChipState } from '@shared/ui/StateChip.vue'
import type { Body } from './api'
import { useActing } from './useActing'

export type Mediation = Out<'MediationOut'>
export type WholeMediation = Out<'MediationWholeOut'>
export type Party = Out<'PartyOut'>
export type Side = Party['side']
export type State = Mediation['state']

export const SIDES: readonly Side[] = ['applicant', 'respondent', 'third']
export const ORIGINS = ['request', 'own', 'referral'] as const
export const FORMS = ['written', 'oral'] as const
export const PREVENTED = ['', 'crime', 'group_petition'] as const
export const KEPT = ['kept', 'partly', 'broken'] as const
/** The states of each view of the list, in the order in which they come. */
export const VIEWS: Readonly<Record<'all' | State, State | undefined>> = {
  all: undefined,
  applied: 'applied',
  accepted: 'accepted',
  mediating: 'mediating',
  agreed: 'agreed',
  closed: 'closed',
  refused: 'refused',
  failed: 'failed',
}

const CHIPS: Readonly<Record<State, ChipState>> = {
  applied: 'todo',
  accepted: 'ok',
  mediating: 'ok',
  agreed: 'ok',
  closed: 'done',
  refused: 'done',
  failed: 'done',
}
export const chipOf = ({ state }: Pick<Mediation, 'state'>): ChipState => CHIPS[state]

const ACTS = {
  accept: '/api/grid/mediations/{mediation_id}/accept',
  hold_sitting: '/api/grid/mediations/{mediation_id}/sittings',
  agree: '/api/grid/mediations/{mediation_id}/agree',
  refuse: '/api/grid/mediations/{mediation_id}/refuse',
  fail: '/api/grid/mediations/{mediation_id}/fail',
  follow_up: '/api/grid/mediations/{mediation_id}/follow_up',
  close: '/api/grid/mediations/{mediation_id}/close',
  add_paper: '/api/grid/mediations/{mediation_id}/papers',
} as const
export type Act = keyof typeof ACTS
/** The quarrel broke out again: a new case that knows the old one. */
export const mayBringAgain = ({ may }: Pick<Mediation, 'may'>): boolean => may.includes('bring_again')

export const listMediations = (query: Record<string, string | number | undefined>) =>
  get<Page<Mediation>>('/api/grid/mediations', { query })
export const openMediation = (body: Body) =>
  post<WholeMediation>('/api/grid/mediations', { ...body, op_id: opId() })
const getMediation = (mediation_id: string) =>
  get<WholeMediation>('/api/grid/mediations/{mediation_id}', { path: { mediation_id } })
export const paperUrl = (id: string): string =>
  '/api/grid/mediations/{mediation_id}/agreement.pdf'.replace('{mediation_id}', id)
export const fileUrl = (id: string, file: string): string =>
  '/api/grid/mediations/{mediation_id}/files/{mediation_file_id}'
    .replace('{mediation_id}', id)
    .replace('{mediation_file_id}', file)

/** What is open to somebody now, the next step first; papers are added as long as there is an agreement to be signed. */
export const actsOf = ({ may, state }: Pick<Mediation, 'may' | 'state'>): Act[] => {
  const open = (Object.keys(ACTS) as Act[]).filter((act) => may.includes(act))
  // the parties agree only after they sat together: then that is the next step
  const next = open.includes('agree') ? ['agree' as const] : []
  const papers = state === 'agreed' && open.length ? ['add_paper' as const] : []
  return [...new Set([...next, ...open, ...papers])]
}

export function useMediation(id: MaybeRefOrGetter<string>) {
  const key = computed(() => ['grid', 'mediations', 'item', toValue(id)])
  const query = useQuery({ queryKey: key, queryFn: () => getMediation(toValue(id)) })
  const acting = useActing<Act, WholeMediation>(key, (act, body) =>
    post<WholeMediation>(ACTS[act], body, { path: { mediation_id: toValue(id) } }),
  )
  return { file: query.data, failed: query.error, again: () => void query.refetch(), ...acting }
}

/** What was agreed, or is over, broke out again: the same parties come before the committee once more. */
export function useAgain(file: MaybeRefOrGetter<WholeMediation>) {
  const made = ref<WholeMediation>()
  const key = computed(() => ['grid', 'mediations', 'again', toValue(file).id])
  const { act, busy, refusal } = useActing<'/api/grid/mediations', WholeMediation>(
    key,
    async (door, body) => (made.value = await post<WholeMediation>(door, body)),
  )
  const bring = (told: Body) => act([['/api/grid/mediations', { ...again(toValue(file)), ...told }]])
  return { bring, made, busy, refusal }
}

/** What a new case takes over from the old one. */
export const again = ({ id, area, category, parties }: WholeMediation): Body => ({
  area,
  category,
  before: id,
  parties: parties.map(({ side, name, phone, resident }) =>
    resident ? { side, resident } : { side, name, phone: phone ?? '' },
  ),
})

/** How a report stands, as a chip. */
import type { ChipState } from '@shared/ui/StateChip.vue'
import type { PublicState, Report } from './api'

const PUBLIC: Readonly<Record<PublicState, ChipState>> = {
  received: 'todo',
  under_way: 'ok',
  settled: 'done',
  joined: 'ok',
  not_found: 'done',
  elsewhere: 'done',
}
export const publicChip = (state: PublicState): ChipState => PUBLIC[state]

/** Where somebody has it there is nothing to do for others; where nobody looked, judged or checked there is. */
const WAITS = new Set(['reported', 'verified', 'classified', 'returned', 'result', 'reopened'])
export const chipOf = ({ state, closed_at }: Pick<Report, 'state' | 'closed_at'>): ChipState =>
  closed_at ? 'done' : WAITS.has(state) ? 'todo' : 'ok'

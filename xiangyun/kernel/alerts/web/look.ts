/** How grave an alert looks: chip and word. A tip has no colour, so that it never looks like an official warning. */
import type { ChipState } from '@shared/ui/StateChip.vue'
import type { Alert } from './api'

export function look({ kind, severity, state }: Pick<Alert, 'kind' | 'severity' | 'state'>): {
  state: ChipState
  key: string
} {
  if (state !== 'open') return { state: 'done', key: `alerts.state.${state}` }
  if (kind === 'tip') return { state: 'tip', key: 'alerts.tip' }
  return {
    state: severity === 1 ? 'danger' : severity === 2 ? 'soon' : 'todo',
    key: `alerts.severity.${severity}`,
  }
}

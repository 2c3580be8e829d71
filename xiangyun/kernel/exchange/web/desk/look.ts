/** How the state of an import looks. */
import type { ChipState } from '@shared/ui/StateChip.vue'
import type { Import } from '../api'

const LOOKS: Record<Import['state'], ChipState> = {
  uploaded: 'todo',
  read: 'todo',
  previewed: 'todo',
  running: 'todo',
  done: 'done',
  failed: 'late',
  cancelled: 'done',
  undone: 'done',
}

export const lookOf = ({ state }: Import): ChipState => LOOKS[state]

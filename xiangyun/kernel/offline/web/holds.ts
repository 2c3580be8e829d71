/** How a phone stands, in one state, and how large what it holds is. */
import type { ChipState } from '@shared/ui/StateChip.vue'
import { digits } from '@shared/words/number'
import type { Phone } from './api'

/** Megabytes as the app counts them; something is never nothing. */
export const megabytes = (bytes: number): string => digits(Math.max(bytes / 1_000_000, bytes ? 0.1 : 0), 1)

/** What its row says: of a revoked phone what never came, of one in use what it still holds. */
export function standing(phone: Pick<Phone, 'revoked_at' | 'never_came'>): { state: ChipState; key: string } {
  if (phone.revoked_at) return { state: 'silent', key: phone.never_came ? 'revoked_with' : 'revoked' }
  return phone.never_came ? { state: 'todo', key: 'holding' } : { state: 'ok', key: 'all_here' }
}

/** What a reader must know of a number: from what it is computed, or `made_up` where the note says so of all of them. */
import type { Derived, Device } from './api'

export function originOf(
  device: Pick<Device, 'note' | 'derived_metrics'>,
  metric: string,
): Derived | 'made_up' | null {
  const derived = device.derived_metrics[metric]
  if (derived) return derived
  return device.note.split(/[：:；;。]/u).some((clause) => clause.trim().startsWith('数值'))
    ? 'made_up'
    : null
}

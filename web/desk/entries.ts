/** The pages of the rail this person may open, in its order. */
import { ordered, type RailEntry } from '@shared/feature'
import { may } from '@shared/session/session'
import { useFeatures } from '@shared/shell'

export function useEntries(): RailEntry[] {
  return ordered(useFeatures().map((feature) => feature.desk?.rail)).filter(({ needs }) => may(needs))
}

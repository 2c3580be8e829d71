/** Limits as they are read: every kind and level has a line, with the rule that holds there today. */
import type { LimitRule, RouteKind } from '../api'

/** How long one stage of one kind may take in one place; `rule` is null where nothing runs against a clock. */
export interface LimitLine {
  key: string
  kind: string
  kindName: string
  stage: string
  stageName: string
  /** The place that wrote it; null for the kind's own rule and the town's, which stands instead of it. */
  place: string | null
  rule: LimitRule | null
  /** Rules that begin later, and rules that ended, the nearest first. */
  planned: LimitRule[]
  past: LimitRule[]
  /** The first of its kind: the name of the kind stands once. */
  isFirst: boolean
}

/** All lines, kind by kind and level by level; of a town's own rules and the kind's the town's holds. */
export function limitsOf(
  kinds: readonly RouteKind[],
  rules: readonly LimitRule[],
  today: string,
  town: string | null,
): LimitLine[] {
  const lines = kinds.flatMap((kind) =>
    kind.levels.flatMap(({ level, name }) => {
      const here = rules.filter((rule) => rule.kind === kind.kind && rule.stage === level)
      const places = [...new Set(here.map(({ area }) => (area === town ? null : area)))].sort()
      const line = (place: string | null) => ({
        key: [kind.kind, level, ...(place ? [place] : [])].join('~'),
        kind: kind.kind,
        kindName: kind.name,
        stage: level,
        stageName: name,
        place: place && (here.find(({ area }) => area === place)?.area_name ?? place),
        ...inTime(
          here.filter(({ area }) => area === place || (!place && area === town)),
          today,
        ),
        isFirst: false,
      })
      return [line(null), ...places.filter((place) => place !== null).map(line)]
    }),
  )
  return lines.map((line, at) => ({ ...line, isFirst: line.kind !== lines[at - 1]?.kind }))
}

function inTime(rules: LimitRule[], today: string): Pick<LimitLine, 'rule' | 'planned' | 'past'> {
  const ended = ({ valid_until }: LimitRule) => valid_until !== null && valid_until <= today
  const holding = rules.filter((rule) => rule.valid_from <= today && !ended(rule))
  const [rule = null] = [...holding].sort(
    (a, b) => Number(b.area !== null) - Number(a.area !== null) || b.valid_from.localeCompare(a.valid_from),
  )
  return {
    rule,
    planned: rules
      .filter(({ valid_from }) => valid_from > today)
      .sort((a, b) => a.valid_from.localeCompare(b.valid_from)),
    past: rules.filter(ended).sort((a, b) => b.valid_from.localeCompare(a.valid_from)),
  }
}

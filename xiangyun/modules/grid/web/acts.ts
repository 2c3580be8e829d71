/** What somebody can do with a report: what each act asks, and which doors of the server it goes through. */
import { LEVELS, type Body, type Door, type Report } from './api'

export type Act =
  | 'verify'
  | 'dismiss'
  | 'classify'
  | 'settle'
  | 'begin'
  | 'tell_result'
  | 'approve'
  | 'refuse'
  | 'send_to_law'
  | 'unmerge'
export type Question = 'category' | 'level' | 'severity' | 'channel' | 'words' | 'files' | 'note'

export const ASKS: Readonly<Record<Act, readonly Question[]>> = {
  verify: ['note'],
  dismiss: ['note'],
  classify: ['category', 'level', 'severity', 'note'],
  settle: ['words', 'files'],
  begin: [],
  tell_result: ['words', 'files'],
  approve: ['note'],
  refuse: ['note'],
  send_to_law: ['channel', 'note'],
  unmerge: [],
}
const EXPLAINED: readonly Act[] = ['dismiss', 'refuse', 'send_to_law']
/** What must be answered; everything else may stay empty. */
export const isNeeded = (act: Act, question: Question): boolean =>
  question === 'note' ? EXPLAINED.includes(act) : question !== 'files'

type Standing = Pick<Report, 'may' | 'matter' | 'category' | 'severity' | 'is_sealed'>

/**
 * What is open to somebody, the next step first. Who knows the grid settles on the spot what nobody judged yet: looking,
 * judging and settling are one answer then. What is sealed is the town's alone.
 */
export function actsOf({ may, is_sealed }: Standing, able: (ability: string) => boolean): Act[] {
  const judges = may.includes('classify') && able('grid.classify_report')
  const settles =
    may.includes('close_here') ||
    (!is_sealed && able('grid.close_in_grid') && (may.includes('classify') || may.includes('verify')))
  const open: Record<Act, boolean> = {
    verify: may.includes('verify'),
    tell_result: may.includes('tell_result'),
    approve: may.includes('approve'),
    classify: judges,
    settle: settles,
    begin: may.includes('begin'),
    refuse: may.includes('refuse'),
    dismiss: may.includes('dismiss'),
    send_to_law: may.includes('send_to_law'),
    unmerge: may.includes('unmerge'),
  }
  return (Object.keys(open) as Act[]).filter((act) => open[act])
}

export function doorsOf(act: Act, told: Body, report: Standing): [Door, Body][] {
  switch (act) {
    case 'verify':
      return [['verify', { is_real: true, ...told }]]
    case 'dismiss':
      return [['verify', { is_real: false, ...told }]]
    case 'begin':
      return [['begin', {}]]
    case 'tell_result':
      return [['result', told]]
    case 'approve':
      return [['check', { is_good: true, ...told }]]
    case 'refuse':
      return [['check', { is_good: false, ...told }]]
    case 'unmerge':
      return [['unmerge', { matter: report.matter }]]
    case 'settle': {
      const { may, category, severity } = report
      const isNew = may.includes('verify')
      return [
        ...(isNew ? ([['verify', { is_real: true }]] as [Door, Body][]) : []),
        ...(isNew || may.includes('classify')
          ? ([['classify', { category, severity, level: LEVELS[0] }]] as [Door, Body][])
          : []),
        ['close_here', told],
      ]
    }
    default:
      return [[act, told]]
  }
}

type Twin = Pick<Report, 'matter' | 'number' | 'may' | 'opened_at'>
/** Of two that are one the later goes into the earlier, whose number was told first; null where nobody here may say so. */
export function joinOf<One extends Twin>(
  one: One,
  other: One,
): { drop: One; keep: One; doors: [Door, Body][] } | null {
  const [keep, drop] = one.opened_at <= other.opened_at ? [one, other] : [other, one]
  if (!drop.may.includes('merge')) return null
  return { drop, keep, doors: [['merge', { matter: drop.matter, into: keep.matter }]] }
}

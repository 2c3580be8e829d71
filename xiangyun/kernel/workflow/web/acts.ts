/** What each act on a matter asks before it is done; an act that asks nothing is done at once. */
export const ACTS = [
  'sign',
  'close',
  'assign',
  'co_handle',
  'hand_up',
  'send_down',
  'suspend',
  'resume',
  'grant_extension',
  'refuse_extension',
  'ask_extension',
  'merge',
  'unmerge',
  'split',
  'send_back',
  'reopen',
  'remark',
] as const
export type Act = (typeof ACTS)[number]

/** `words` goes by the name the act has for it; `files` are photos and papers that prove it. */
export type Question =
  'who' | 'helpers' | 'into' | 'titles' | 'amount' | 'waits_for' | 'note' | 'reason' | 'words' | 'files'

export const ASKS: Readonly<Record<Act, readonly Question[]>> = {
  sign: [],
  close: ['words', 'files'],
  assign: ['who', 'note'],
  co_handle: ['helpers', 'note'],
  hand_up: ['note'],
  send_down: ['note'],
  suspend: ['reason', 'waits_for'],
  resume: [],
  grant_extension: ['note'],
  refuse_extension: ['reason'],
  ask_extension: ['amount', 'reason'],
  merge: ['into', 'note'],
  unmerge: ['note'],
  split: ['titles'],
  send_back: ['reason'],
  reopen: ['reason'],
  remark: ['note', 'files'],
}

/** What must be answered; everything else may stay empty. */
const NEEDED: readonly Question[] = ['who', 'helpers', 'into', 'titles', 'amount', 'reason', 'words']
export const isNeeded = (act: Act, question: Question): boolean =>
  NEEDED.includes(question) || (act === 'remark' && question === 'note')

/** The move that is filled: what the open matter waits for. */
export const mainOf = (may: readonly string[]): Act | null =>
  (['sign', 'resume', 'grant_extension', 'close', 'assign'] as const).find((act) => may.includes(act)) ?? null
export const othersOf = (may: readonly string[]): Act[] => {
  const main = mainOf(may)
  return ACTS.filter((act) => act !== main && may.includes(act))
}

/** What the page and its worker say to each other about the one event stream of this browser. */
export const KINDS = ['record', 'alert', 'work', 'device', 'figure', 'reset'] as const
export type Kind = (typeof KINDS)[number]

export interface LiveEvent {
  kind: Kind
  id?: string
  device?: string
  ts?: string
}

export type LiveState = 'off' | 'connecting' | 'open' | 'lost'

export type ToPage = { type: 'event'; event: LiveEvent } | { type: 'state'; state: LiveState; since: number }
export type ToWorker = { type: 'start' } | { type: 'stop' } | { type: 'here' } | { type: 'bye' }

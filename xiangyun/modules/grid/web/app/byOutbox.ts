/** A report where there is no signal: sealed to the town in the outbox, its photos beside it. Loaded only when needed. */
import { Unreachable } from '@shared/api/refusal'
import { write, type Captured, type Draft as Written } from '@shared/offline/outbox'
import { useOpened } from '@shared/offline/pack'
import { findPhone, register } from '@shared/offline/phone'
import { keepSending } from '@shared/offline/travel'
import type { Member } from '@shared/people/told'
import type { Category, Plot } from '../api'
import type { Draft } from './draft'

/** While there is signal: learn the town's key, so that a report can be sealed to it later. */
export async function makeReady(account: string): Promise<void> {
  if ((await findPhone(account))?.town) return
  await register(account).catch((fault: unknown) => {
    if (!(fault instanceof Unreachable)) throw fault
  })
}

/** Homes with their land, as the pack that is open here tells them. */
export const homesHere = (): HomeHere[] | null =>
  (useOpened().value?.pack?.households as HomeHere[] | undefined) ?? null

export interface HomeHere {
  id: string
  number: string
  area_name: string
  members: Member[]
  plots: Plot[]
}

/** What can be reported, as the pack that is open here tells it. */
export const categoriesHere = (): Category[] | null =>
  (useOpened().value?.pack?.categories as Category[] | undefined) ?? null

/**
 * Keep a report in the outbox; it goes by itself. `id` is the one under which it may already have been sent: the town
 * takes it once. Throws `NoRoom`, `NotReady`.
 */
export async function keepReport(
  account: string,
  draft: Draft,
  { id, title, about, shown }: Pick<Written, 'title' | 'about' | 'shown'> & { id: string },
): Promise<void> {
  const open = useOpened().value
  const files: Captured[] = draft.shots.map(({ kind, file }, n) =>
    kind === 'photo'
      ? { role: 'small', group: n + 1, content: file }
      : { role: 'voice', group: null, content: file },
  )
  const facts = {
    category: draft.category,
    ...(draft.words.trim() ? { words: draft.words.trim() } : {}),
    ...(draft.place.trim() ? { place: draft.place.trim() } : {}),
    ...(draft.point ? { point: [...draft.point] } : {}),
    ...(draft.home ? { household: draft.home.id } : {}),
    ...(draft.plot ? { plot: draft.plot.id } : {}),
  }
  const subject = { kind: 'report', id }
  const item = { form: 'grid.report', title, about, subject, base: null, facts, was: {}, shown, files }
  await write(account, item, open?.account === account ? open.vault : null)
  keepSending()
}

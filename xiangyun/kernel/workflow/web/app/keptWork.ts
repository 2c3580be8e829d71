/** Work as it stands in the pack on this phone, and an answer to it that waits for signal. Loaded only where it is needed. */
import { Unreachable } from '@shared/api/refusal'
import { isUsed } from '@shared/offline/door'
import { hasSignal } from '@shared/offline/line'
import type { Opened } from '@shared/offline/pack'
import type { Move, WholeWork } from '../api'
import type { Answer } from './useMoves'

const FORM = 'workflow.answer_work'

interface KeptMatter {
  id: string
  number: string
  title: string
  area: string
  area_name: string
  severity: number
  point: [number, number] | null
  work: { id: string; kind: string; state: 'open' | 'taken'; due_at: string; may: Move[]; note: string }[]
}

/** What the town says; where it cannot be reached, what the open pack says. */
export async function orKept<T>(
  ask: () => Promise<T>,
  read: (works: WholeWork[]) => T | undefined,
): Promise<T> {
  try {
    return await ask()
  } catch (fault) {
    const open = fault instanceof Unreachable ? await opened() : null
    const told = open?.pack && read(works(open))
    if (!told) throw fault
    return told
  }
}

/**
 * Put an answer into the outbox. False where there is signal and it was not `tried` in vain (the op_id of that), or nothing
 * is open to seal it with: then it is sent as ever. What is still in the outbox is not overtaken.
 */
export async function keepAnswer(
  work: string,
  move: Answer,
  note: string,
  title: string,
  tried?: string,
): Promise<boolean> {
  const open = await opened()
  if (!open || !(tried || !hasSignal() || (await isWaiting(open.account)))) return false
  const { write } = await import('@shared/offline/outbox')
  const shown = works(open).find(({ id }) => id === work)
  await write(
    open.account,
    {
      ...(tried ? { id: tried } : {}),
      form: FORM,
      title,
      about: shown?.title ?? '',
      subject: { kind: 'work', id: work },
      base: null,
      facts: { answer: move, ...(note ? { note } : {}) },
      was: { answer: shown?.state ?? null },
    },
    open.vault,
  )
  return true
}

/** An answer that the town never heard of lies in the outbox. */
async function isWaiting(account: string): Promise<boolean> {
  const { store } = await import('@shared/offline/store')
  const phone = await store().phones.get(account)
  if (!phone) return false
  const rows = store().items.where('phone').equals(phone.id)
  return (await rows.filter(({ form, state }) => form === FORM && state === 'kept').count()) > 0
}

async function opened(): Promise<Opened | null> {
  if (!isUsed.value) return null
  const { useOpened } = await import('@shared/offline/pack')
  return useOpened().value
}

/** Works of the pack; all of them were mine to take or to do. */
export function works({ pack, session }: Pick<Opened, 'pack' | 'session'>, now = Date.now()): WholeWork[] {
  const me = session && { account: session.account, name: session.name }
  return ((pack?.matters ?? []) as KeptMatter[]).flatMap(({ id, work, ...matter }) =>
    work.map((one) => ({
      ...matter,
      ...one,
      matter: id,
      subject: { kind: 'matter', id },
      alert: null,
      rule: null,
      assignee: me,
      is_late: Date.parse(one.due_at) < now,
      is_unaccepted: false,
      is_main: false,
      is_sealed: false,
      matter_kind: '',
      matter_kind_name: '',
      stopped_at: null,
      role: null,
      role_name: null,
      in_place_of: null,
      offered_at: pack?.made_at ?? '',
      taken_at: one.state === 'taken' ? (pack?.made_at ?? '') : null,
      take_by_at: null,
      done_at: null,
      outcome: null,
      history: [],
      whole_matter: null as never,
    })),
  )
}

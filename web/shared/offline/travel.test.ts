import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepSession } from '../session/session'
import { write } from './outbox'
import { register } from './phone'
import { bring, rescueOf } from './rescue'
import { store } from './store'
import { keepSending, kept, travel } from './travel'
import { Device } from './tests/mortal'
import { PretendTown } from './tests/pretendTown'

const ME = 'grid.langshan'
const OTHER = 'grid.fuqiang'
let town: PretendTown

const signIn = (account: string) => keepSession({ account } as never)
const aVisit = (n: number) => ({
  form: 'people.check_household',
  title: '没变',
  about: '王二成家',
  subject: { kind: 'household', id: `0198c0de-3333-7333-8333-00000000000${n}` },
  base: 1,
  facts: {},
  was: {},
})

beforeEach(async () => {
  town = await PretendTown.open()
  new Device().live()
  vi.stubGlobal('fetch', town.answer)
})
afterEach(() => vi.unstubAllGlobals())

// one page lives through all of this: what listens is started once
it('what is written goes by itself, also what is written while something else is on its way, and what is carried', async () => {
  await register(ME)
  signIn(ME)
  keepSending()
  await write(ME, aVisit(1), null)
  await vi.waitFor(() => expect(travel.state).toBe('sending'))
  await write(ME, aVisit(2), null)
  await vi.waitFor(() => expect(town.items.size).toBe(2))
  await vi.waitFor(() => expect([kept.items.length, travel.state]).toEqual([0, 'idle']))

  town.mishaps = Array.from({ length: 3 }, () => 'away' as const)
  await write(ME, aVisit(3), null)
  await vi.waitFor(() => expect(travel.state).toBe('waiting'))
  const rescue = await rescueOf((await store().phones.get(ME))?.id as string)
  expect(rescue.items.length).toBe(1)
  await store().items.clear()
  town.mishaps = []
  signIn(OTHER)
  await bring(rescue)
  await vi.waitFor(() => expect(town.dropped.length).toBe(1), { timeout: 3000 })
  await vi.waitFor(() => expect(kept.brought).toBe(0))

  // called back with nothing to send: heard after signing in again
  await vi.waitFor(() => expect([kept.items.length, travel.state]).toEqual([0, 'idle']))
  await store().packs.put({ account: ME } as never)
  town.isRevoked = true
  signIn(ME)
  await vi.waitFor(async () => expect(await store().packs.count()).toBe(0))
})

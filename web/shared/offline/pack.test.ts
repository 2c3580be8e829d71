import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Session } from '../session/session'
import { copyOf, mend, write } from './outbox'
import {
  changePin,
  deletePack,
  fetchPack,
  forgetPin,
  packOf,
  setPin,
  shut,
  triesLeft,
  unlock,
  useOpened,
} from './pack'
import { hearTime, phoneOf, register, timeOn } from './phone'
import { store, type ItemRow } from './store'
import { sendAll } from './sync'
import { Device } from './tests/mortal'
import { PretendTown } from './tests/pretendTown'

const ME = 'grid.langshan'
const SESSION = { account: ME, name: '李秀兰', abilities: [], posts: [] } as unknown as Session
const DAY = 24 * 3_600_000
const PIN = '246813'
const DRAFT = {
  form: 'people.check_household',
  title: '没变',
  about: '王二成家',
  subject: { kind: 'household', id: '0198c0de-3333-7333-8333-333333333301' },
  base: 4,
  facts: {},
  was: {},
}

let town: PretendTown
let device: Device
const opened = useOpened()

beforeEach(async () => {
  town = await PretendTown.open()
  device = new Device()
  device.live()
  vi.stubGlobal('fetch', town.answer)
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(town.now) })
  await register(ME)
  town.pack = {
    version: 'a',
    made_at: town.now,
    expires_at: new Date(Date.parse(town.now) + 7 * DAY).toISOString(),
    households: [{ id: 'h', name: '王二成家' }],
    matters: [],
  }
  await setPin(ME, PIN)
  await fetchPack(SESSION)
})
afterEach(() => {
  shut()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

/** The app is closed and opened again. */
function restart(): void {
  shut()
  device.live()
}

describe('another PIN', () => {
  it('opens what the old one closed, and the old one opens nothing any more', async () => {
    const id = await write(ME, DRAFT, opened.value?.vault ?? null)
    restart()
    expect(await changePin(ME, PIN, '975310')).toBe('open')
    restart()
    expect(await unlock(ME, PIN)).toBe('wrong')
    expect(await unlock(ME, '975310')).toBe('open')
    expect(opened.value?.pack?.households).toEqual([{ id: 'h', name: '王二成家' }])
    const row = await store().items.get(id)
    expect(row && opened.value && (await copyOf(row, opened.value.vault))?.about).toBe('王二成家')
  })

  it('is not had with a wrong one, which counts as a try', async () => {
    restart()
    expect(await changePin(ME, '000000', '975310')).toBe('wrong')
    expect(await triesLeft(ME)).toBe(9)
    expect(await unlock(ME, PIN)).toBe('open')
  })
})

describe('the pack', () => {
  it('opens with the PIN, without signal, for whoever fetched it', async () => {
    restart()
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed to fetch')))
    expect(await unlock(ME, PIN)).toBe('open')
    expect(opened.value?.session?.name).toBe('李秀兰')
    expect(opened.value?.pack?.households).toEqual([{ id: 'h', name: '王二成家' }])
  })

  it('says nothing of anybody while it is closed', async () => {
    restart()
    const rows = [
      await store().packs.toArray(),
      await store().phones.toArray(),
      await store().items.toArray(),
    ]
    const seen = JSON.stringify(rows, (_key, value: unknown) =>
      value instanceof ArrayBuffer ? String.fromCharCode(...new Uint8Array(value)) : value,
    )
    expect(seen).toContain(ME)
    expect(seen).not.toMatch(/王二成|李秀兰/)
  })

  it('cannot be opened on another phone, PIN or not', async () => {
    const row = await phoneOf(ME)
    await store().phones.update(ME, { device: (await otherPhone()).device, lock: row.lock })
    restart()
    expect(await unlock(ME, PIN)).toBe('wrong')
  })

  it('is deleted when its week is over, and only the pack', async () => {
    await write(ME, DRAFT, opened.value?.vault ?? null)
    vi.setSystemTime(Date.parse(town.now) + 7 * DAY + 1)
    restart()
    expect(await unlock(ME, PIN)).toBe('open')
    expect([opened.value?.pack, await store().packs.count(), await store().items.count()]).toEqual([
      null,
      0,
      1,
    ])
  })

  it('is not made younger by a clock set back', async () => {
    vi.setSystemTime(Date.parse(town.now) + 6 * DAY)
    await packOf(ME)
    vi.setSystemTime(Date.parse(town.now) - 365 * DAY)
    expect(await packOf(ME)).not.toBeNull()
    expect(timeOn(await phoneOf(ME))).toBe(Date.parse(town.now) + 6 * DAY)
    vi.setSystemTime(Date.parse(town.now) + 8 * DAY)
    await packOf(ME)
    vi.setSystemTime(Date.parse(town.now))
    expect(await packOf(ME)).toBeNull()
  })

  it("keeps the town's time on a phone that is a year behind", async () => {
    vi.setSystemTime(Date.parse(town.now) - 365 * DAY)
    await hearTime(ME, town.now)
    vi.setSystemTime(Date.parse(town.now) - 365 * DAY + 6 * DAY)
    expect(await packOf(ME)).not.toBeNull()
    vi.setSystemTime(Date.parse(town.now) - 365 * DAY + 7 * DAY)
    expect(await packOf(ME)).toBeNull()
  })

  it.each([365, -365])('lasts its week on a phone whose clock is wrong by %i days', async (days) => {
    device = new Device()
    device.live()
    const wrong = Date.parse(town.now) + days * DAY
    vi.setSystemTime(wrong)
    await register(ME)
    expect(timeOn(await phoneOf(ME))).toBe(Date.parse(town.now))
    await store().phones.update(ME, { offset: 0, seen: 0 })
    await setPin(ME, PIN)
    await fetchPack(SESSION)
    expect(await packOf(ME)).not.toBeNull()
    vi.setSystemTime(wrong + 6 * DAY)
    expect(await packOf(ME)).not.toBeNull()
    vi.setSystemTime(wrong + 7 * DAY)
    expect(await packOf(ME)).toBeNull()
  })

  it('is deleted on a phone that was called back', async () => {
    await deletePack(ME)
    expect([opened.value?.pack, opened.value?.session]).toEqual([null, null])
    restart()
    expect(await unlock(ME, PIN)).toBe('open')
    expect(opened.value?.pack).toBeNull()
  })
})

describe('the PIN', () => {
  it('wrong ten times deletes the pack and never the outbox', async () => {
    const id = await write(ME, DRAFT, opened.value?.vault ?? null)
    restart()
    for (let n = 1; n < 10; n++) {
      expect(await unlock(ME, '000000')).toBe('wrong')
      expect(await triesLeft(ME)).toBe(10 - n)
    }
    expect(await unlock(ME, '000000')).toBe('deleted')
    expect([await store().packs.count(), await triesLeft(ME), await unlock(ME, PIN)]).toEqual([
      0,
      null,
      'none',
    ])
    await sendAll(ME, { originals: true })
    expect([...town.items.keys()]).toEqual([id])
  })

  it('counts a try whose end was killed', async () => {
    restart()
    device.live(1)
    await unlock(ME, '000000').catch(() => undefined)
    device.live()
    expect(await triesLeft(ME)).toBe(9)
  })

  it('right again begins to count anew', async () => {
    restart()
    await unlock(ME, '000000')
    expect(await unlock(ME, PIN)).toBe('open')
    expect(await triesLeft(ME)).toBe(10)
  })

  it('forgotten: the pack goes, what was written stays and is sent, a new one is set', async () => {
    const id = await write(ME, DRAFT, opened.value?.vault ?? null)
    await forgetPin(ME)
    await setPin(ME, '135791')
    const row = await store().items.get(id)
    expect(row && opened.value && (await copyOf(row, opened.value.vault))).toBeNull()
    await sendAll(ME, { originals: true })
    expect([town.items.size, await store().items.count()]).toEqual([1, 0])
  })

  it('opens what was written before the app was closed', async () => {
    const id = await write(ME, DRAFT, opened.value?.vault ?? null)
    restart()
    await unlock(ME, PIN)
    const row = await store().items.get(id)
    expect(row && opened.value && (await copyOf(row, opened.value.vault))?.about).toBe('王二成家')
  })
})

describe('before there is a PIN', () => {
  it('what was written is read and mended, and a PIN that is chosen later closes it', async () => {
    await store().phones.delete(ME)
    await register(ME)
    const id = await write(ME, { ...DRAFT, shown: { water: '自来水' } }, null)
    const plain = await rowOf(id)
    expect(await copyOf(plain, null)).toMatchObject({ about: '王二成家', shown: { water: '自来水' } })
    const mended = await mend(ME, id, { facts: { size_mu: 3 } }, null)
    expect((await copyOf(await rowOf(mended), null))?.item.facts).toMatchObject({ size_mu: 3 })
    await setPin(ME, PIN)
    expect(await copyOf(await rowOf(mended), null)).toBeNull()
    expect((await copyOf(await rowOf(mended), opened.value?.vault ?? null))?.about).toBe('王二成家')
  })

  it('what is written while a PIN is closed is read by nobody on the phone', async () => {
    restart()
    const id = await write(ME, DRAFT, null)
    await unlock(ME, PIN)
    expect((await rowOf(id)).copy).toBeNull()
  })
})

const rowOf = async (id: string) => (await store().items.get(id)) as ItemRow

async function otherPhone() {
  const phone = await phoneOf('somebody.else')
  await store().phones.delete('somebody.else')
  return phone
}

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { write } from './outbox'
import { phoneOf, register } from './phone'
import { Gathering, bring, framesOf, readRescue, rescueOf } from './rescue'
import { store } from './store'
import { sendAll } from './sync'
import { Device } from './tests/mortal'
import { PretendTown } from './tests/pretendTown'

const ME = 'grid.langshan'
const OTHER = 'grid.fuqiang'
let town: PretendTown

beforeEach(async () => {
  town = await PretendTown.open()
  new Device().live()
  vi.stubGlobal('fetch', town.answer)
  await register(ME)
  for (const n of [1, 2, 3])
    await write(
      ME,
      {
        form: 'people.check_household',
        title: '没变',
        about: '王二成家',
        subject: { kind: 'household', id: `0198c0de-3333-7333-8333-00000000000${n}` },
        base: 1,
        facts: {},
        was: {},
      },
      null,
    )
})
afterEach(() => vi.unstubAllGlobals())

const rescue = async () => rescueOf((await phoneOf(ME)).id)

describe('a rescue', () => {
  it('goes out by codes seen in any order, some of them twice', async () => {
    const told = await rescue()
    const codes = await framesOf(told)
    expect(codes.length).toBeGreaterThan(3)
    const seen = new Gathering()
    for (const code of [...codes, ...codes].reverse()) seen.see(code)
    expect([seen.have, seen.of]).toEqual([codes.length, codes.length])
    expect(await seen.whole()).toEqual(told)
  })

  it('is not taken for whole while a code is missing or was misread', async () => {
    const codes = await framesOf(await rescue())
    const seen = new Gathering()
    codes.slice(1).forEach((code) => seen.see(code))
    expect(await seen.whole()).toBeNull()
    seen.see(`${codes[0]?.slice(0, -1)}~`)
    expect(await seen.whole()).toBeNull()
    expect(seen.have).toBe(0)
    codes.forEach((code) => seen.see(code))
    expect(await seen.whole()).not.toBeNull()
  })

  it.each(['', 'https://example.org', 'XYR1.zz.1.1.x', 'XYR1.0123abcd.9.2.x', 'XYR1.0123abcd.1.99999999.x'])(
    'takes nothing from %j',
    (code) => {
      expect(new Gathering().see(code)).toBe(false)
    },
  )

  it('is carried by a colleague and forgotten on the receipt alone; it stays where it was written', async () => {
    const told = readRescue(JSON.stringify(await rescue()))
    expect(told).not.toBeNull()
    await store().items.clear()
    await register(OTHER)
    expect(await bring(told as never)).toBe(3)
    await bring(told as never)
    town.mishaps = ['away']
    expect((await sendAll(OTHER, { originals: true })).outcome).toBe('away')
    expect(await store().brought.count()).toBe(3)
    await sendAll(OTHER, { originals: true })
    expect([town.dropped.length, await store().brought.count()]).toEqual([3, 0])
  })

  it('of a phone that is not of this town waits, and holds back nobody else', async () => {
    const told = await rescue()
    const strange = told.items.map((one) => ({ ...one, id: `0${one.id.slice(1)}`, phone: 'elsewhere' }))
    await store().brought.bulkPut(strange.map((envelope) => ({ id: `a${envelope.id}`, envelope })))
    await store().items.clear()
    await register(OTHER)
    await bring(told)
    expect((await sendAll(OTHER, { originals: true })).outcome).toBe('done')
    expect(town.dropped.length).toBe(3)
    expect((await store().brought.toArray()).map(({ envelope }) => envelope.phone)).toEqual([
      'elsewhere',
      'elsewhere',
      'elsewhere',
    ])
  })

  it.each(['', '{', '[]', '{"v":2,"phone":"x","items":[]}', '{"v":1,"phone":"x","items":[{"id":1}]}'])(
    'is none: %j',
    (words) => {
      expect(readRescue(words)).toBeNull()
    },
  )
})

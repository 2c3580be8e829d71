import { Refusal, Unreachable } from '@shared/api/refusal'
import { isUsed } from '@shared/offline/door'
import { useOpened } from '@shared/offline/pack'
import { register } from '@shared/offline/phone'
import { store } from '@shared/offline/store'
import { Device } from '@shared/offline/tests/mortal'
import { PretendTown } from '@shared/offline/tests/pretendTown'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepAnswer, orKept, works } from './keptWork'

const ME = 'grid.langshan'
const MATTER = {
  id: 'm1',
  number: '0611-03',
  title: '二支渠闸门漏水',
  area: '15.08.02.100.201',
  area_name: '迎丰村',
  severity: 2,
  point: null,
  work: [{ id: 'w1', kind: 'x', state: 'taken', due_at: '2026-06-11T02:00:00Z', may: ['done'], note: '' }],
}
const OPENED = {
  account: ME,
  vault: null as unknown as CryptoKey,
  pack: { made_at: '2026-06-10T02:00:00Z', expires_at: '', version: 'a', matters: [MATTER] },
  session: { account: ME, name: '李秀兰' } as never,
}
const TRIED = '0198c0de-3333-7333-8333-333333333301'
const away = () => Promise.reject(new Unreachable())

beforeEach(async () => {
  const town = await PretendTown.open()
  new Device().live()
  vi.stubGlobal('fetch', town.answer)
  await register(ME)
  isUsed.value = true
  useOpened().value = OPENED
})
afterEach(() => {
  useOpened().value = null
  vi.unstubAllGlobals()
})

it('without signal the pack says what there is to do, and what is late by now', async () => {
  const [work] = await orKept(away, (kept) => kept)
  expect([work?.title, work?.assignee, work?.may]).toEqual([
    '二支渠闸门漏水',
    { account: ME, name: '李秀兰' },
    ['done'],
  ])
  const late = (at: string) => works(OPENED, Date.parse(at))[0]?.is_late
  expect([late('2026-06-11T01:59:00Z'), late('2026-06-11T02:01:00Z')]).toEqual([false, true])
})

it('a refusal stays one, and so does the missing line of somebody who took nothing along', async () => {
  const refused = () => Promise.reject(new Refusal(404, {}))
  await expect(orKept(refused, (kept) => kept)).rejects.toBeInstanceOf(Refusal)
  useOpened().value = null
  await expect(orKept(away, (kept) => kept)).rejects.toBeInstanceOf(Unreachable)
})

it('an answer waits in the outbox only where there is no signal', async () => {
  expect(await keepAnswer('w1', 'done', '关上了', '答复')).toBe(false)
  vi.stubGlobal('navigator', { ...navigator, onLine: false })
  useOpened().value = { ...OPENED, vault: await aKey() }
  expect(await keepAnswer('w1', 'done', '关上了', '答复')).toBe(true)
  const rows = await store().items.toArray()
  expect(rows.map(({ form, title, state }) => [form, title, state])).toEqual([
    ['workflow.answer_work', '答复', 'kept'],
  ])
})

it('an answer that was tried in vain waits too, and none overtakes it', async () => {
  useOpened().value = { ...OPENED, vault: await aKey() }
  expect(await keepAnswer('w1', 'take', '', '答复', TRIED)).toBe(true)
  expect(await keepAnswer('w1', 'done', '关上了', '答复')).toBe(true)
  // under the id of the try, so that it counts once where that arrived after all
  const ids = (await store().items.orderBy('id').toArray()).map(({ id }) => id)
  expect([ids.length, ids[0]]).toEqual([2, TRIED])
  await store().items.clear()
  expect(await keepAnswer('w1', 'done', '关上了', '答复')).toBe(false)
})

const aKey = () => crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { text } from './bytes'
import { NoRoom, mend, remove, write, writeAll, type Draft } from './outbox'
import { phoneOf, register } from './phone'
import { store } from './store'
import { batches, dropAll, sendAll } from './sync'
import { Device, Killed } from './tests/mortal'
import { PretendTown } from './tests/pretendTown'
import { giveUp } from './attachments'

const ME = 'grid.langshan'
const ALL = { originals: true }

let town: PretendTown
let device: Device
let vault: CryptoKey

beforeEach(async () => {
  town = await PretendTown.open()
  device = new Device()
  vi.stubGlobal('fetch', device.line(town.answer))
  // waits between tries of an upload are not what is tested here
  vi.stubGlobal('setTimeout', (then: () => void) => setImmediate(then))
  vault = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  device.live()
  await register(ME)
})
afterEach(() => vi.unstubAllGlobals())

function aDraft(n: number, files = 0): Draft {
  const taken = Array.from({ length: files }, (_none, k) => k + 1)
  return {
    form: 'people.change_household',
    title: '入户',
    about: '王二成家',
    subject: { kind: 'household', id: `0198c0de-3333-7333-8333-${String(n).padStart(12, '0')}` },
    base: 4,
    facts: { size_mu: n },
    was: { size_mu: 14 },
    files: taken.flatMap((group) => [
      {
        role: 'original' as const,
        group,
        content: new Blob([`large ${n} ${group}`], { type: 'image/jpeg' }),
      },
      { role: 'small' as const, group, content: new Blob([`small ${n} ${group}`], { type: 'image/jpeg' }) },
    ]),
  }
}

/** What stands on the phone, as one would want it: whole items only. */
async function onPhone() {
  const items = await store().items.orderBy('id').toArray()
  const files = await store().files.toArray()
  return items.map(({ id, state }) => ({ id, state, files: files.filter(({ item }) => item === id).length }))
}

describe('a journey to the town', () => {
  it('brings everything once and leaves nothing on the phone', async () => {
    const ids = [await write(ME, aDraft(1, 2), vault), await write(ME, aDraft(2), vault)]
    const round = await sendAll(ME, ALL)
    expect(round).toEqual({ outcome: 'done', arrived: 2, retryAfterS: null })
    expect([...town.items.keys()]).toEqual(ids)
    expect([...town.items.values()].map(({ item }) => item.seq)).toEqual([1, 2])
    expect([...town.files.values()].sort()).toEqual(['large 1 1', 'large 1 2', 'small 1 1', 'small 1 2'])
    expect(await onPhone()).toEqual([])
  })

  it('takes small pictures first, and originals only where they cost nothing', async () => {
    const id = await write(ME, aDraft(1, 2), vault)
    await sendAll(ME, { originals: false })
    expect([...town.files.values()]).toEqual(['small 1 1', 'small 1 2'])
    expect(await onPhone()).toEqual([{ id, state: 'applied', files: 2 }])
    await sendAll(ME, ALL)
    expect(town.files.size).toBe(4)
    expect(await onPhone()).toEqual([])
  })

  it('asks once for a small file, a few at a time, and goes by pieces with a large one', async () => {
    const large = { role: 'small' as const, group: 9, content: new Blob([new Uint8Array(70_000)]) }
    const draft = aDraft(1, 6)
    await write(ME, { ...draft, files: [...(draft.files ?? []), large] }, vault)
    const asked: string[] = []
    let [open, most] = [0, 0]
    vi.stubGlobal('fetch', async (request: Request) => {
      asked.push(`${request.method} ${new URL(request.url).pathname.split('/').slice(2, 4).join('/')}`)
      most = Math.max(most, ++open)
      const answer = await town.answer(request)
      // every answer is a while on its way
      for (let n = 0; n < 20; n++) await new Promise((done) => setImmediate(done))
      open -= 1
      return answer
    })
    await sendAll(ME, { originals: false })
    expect(town.whole).toHaveLength(6)
    expect(most).toBe(5)
    expect(asked.filter((one) => one === 'PUT offline/items')).toHaveLength(6)
    expect(asked.filter((one) => one.includes('uploads'))).toHaveLength(3)
    expect(town.files.size).toBe(7)
  })

  it('deletes nothing on a receipt for other bytes', async () => {
    const id = await write(ME, aDraft(1), vault)
    town.judge = () => ({ hash: 'f'.repeat(64) })
    await sendAll(ME, ALL)
    expect(await onPhone()).toEqual([{ id, state: 'kept', files: 0 }])
  })

  it('deletes no file on a receipt for other bytes', async () => {
    const id = await write(ME, aDraft(1, 1), vault)
    const honest = town.answer
    vi.stubGlobal('fetch', async (request: Request) => {
      const answer = await honest(request)
      if (!request.url.includes('/files')) return answer
      const body = { ...((await answer.json()) as object), sha256: '0'.repeat(64) }
      return new Response(JSON.stringify(body), { headers: { 'Content-Type': 'application/json' } })
    })
    await sendAll(ME, ALL)
    expect(await onPhone()).toEqual([{ id, state: 'applied', files: 2 }])
  })

  it.each(['away', 'answer lost', 503] as const)('is made again after %s', async (mishap) => {
    await write(ME, aDraft(1, 1), vault)
    for (let n = 0; n < 12; n++) {
      town.mishaps = [...Array.from({ length: n }, () => undefined), mishap]
      await sendAll(ME, ALL)
    }
    expect([town.items.size, town.files.size, await onPhone()]).toEqual([1, 2, []])
  })

  it('passes by the one that the town cannot read, and tells of it', async () => {
    const ids = await Promise.all([1, 2, 3, 4, 5].map((n) => write(ME, aDraft(n), vault)))
    const bad = (await store().items.orderBy('id').toArray()).find(({ seq }) => seq === 3)?.id
    const honest = town.answer
    vi.stubGlobal('fetch', async (request: Request) => {
      const isBad = request.url.endsWith('/items') && (await request.clone().text()).includes(bad as string)
      const body = JSON.stringify({ title: 'x', detail: '读不懂。' })
      return isBad
        ? new Response(body, { status: 422, headers: { 'Content-Type': 'application/json' } })
        : honest(request)
    })
    await sendAll(ME, ALL)
    expect(town.items.size).toBe(ids.length - 1)
    expect((await store().items.toArray()).map(({ id, state, says }) => [id, state, says])).toEqual([
      [bad, 'refused', '读不懂。'],
    ])
  })

  it.each([403, 409])(
    'waits where the town itself must be put right first (%i), and marks nothing',
    async (status) => {
      const id = await write(ME, aDraft(1), vault)
      town.mishaps = [undefined, undefined, status]
      expect((await sendAll(ME, ALL)).outcome).toBe('away')
      expect(await onPhone()).toEqual([{ id, state: 'kept', files: 0 }])
      expect((await sendAll(ME, ALL)).outcome).toBe('done')
    },
  )

  it('stops where nobody is signed in, and goes without a session where the person says so', async () => {
    const id = await write(ME, aDraft(1), vault)
    town.isSignedIn = false
    expect((await sendAll(ME, ALL)).outcome).toBe('nobody')
    expect(await onPhone()).toEqual([{ id, state: 'kept', files: 0 }])
    await store().packs.put({ account: ME } as never)
    town.isRevoked = true
    expect((await dropAll(await phoneOf(ME))).arrived).toBe(1)
    expect(await store().packs.count()).toBe(0)
    expect(town.dropped.map((one) => one.id)).toEqual([id])
    expect(await onPhone()).toEqual([{ id, state: 'quarantined', files: 0 }])
  })

  it('sends what was written on a phone that is called back; only the pack goes', async () => {
    const id = await write(ME, aDraft(1), vault)
    await store().packs.put({ account: ME } as never)
    town.isRevoked = true
    town.judge = () => ({ state: 'quarantined' })
    await sendAll(ME, ALL)
    expect(await store().packs.count()).toBe(0)
    expect(await onPhone()).toEqual([{ id, state: 'quarantined', files: 0 }])
  })

  it('tells of what was taken out, and why', async () => {
    const id = await write(ME, aDraft(1, 1), vault)
    await write(ME, aDraft(2), vault)
    await remove(id, '记重了')
    expect(await store().files.count()).toBe(0)
    await sendAll(ME, ALL)
    expect(town.gone).toEqual([{ id, seq: 1, reason: '记重了' }])
    expect([town.items.size, await onPhone()]).toEqual([1, []])
  })

  it('waits for the one before, as the town says', async () => {
    const id = await write(ME, aDraft(1, 1), vault)
    town.judge = () => ({ state: 'waiting' })
    await sendAll(ME, ALL)
    expect(await onPhone()).toEqual([{ id, state: 'held', files: 0 }])
    const held = town.items.get(id)
    if (held) held.receipt = { ...held.receipt, state: 'applied' }
    await sendAll(ME, ALL)
    expect(await onPhone()).toEqual([])
  })

  it('asks for no file that will never come', async () => {
    await write(ME, aDraft(1, 1), vault)
    await sendAll(ME, { originals: false })
    const [large] = await store().files.toArray()
    await giveUp(large?.id as string, '不要原图了')
    await sendAll(ME, ALL)
    expect([town.files.size, await onPhone()]).toEqual([1, []])
  })
})

describe('an item the town refuses', () => {
  beforeEach(() => {
    town.judge = ({ facts }) =>
      Number(facts.size_mu) < 0
        ? { state: 'refused', says: '地不能是负的。', errors: [{ fact: 'size_mu', says: '地不能是负的。' }] }
        : {}
  })

  it('stays whole with its files, its field marked', async () => {
    const id = await write(ME, aDraft(-1, 1), vault)
    await sendAll(ME, ALL)
    expect(await onPhone()).toEqual([{ id, state: 'refused', files: 2 }])
    expect((await store().items.get(id))?.errors).toEqual([{ fact: 'size_mu', says: '地不能是负的。' }])
    expect(town.files.size).toBe(0)
  })

  it('is mended by a new one that takes its files along', async () => {
    const id = await write(ME, aDraft(-1, 1), vault)
    await sendAll(ME, ALL)
    const fresh = await mend(ME, id, { facts: { size_mu: 1 } }, vault)
    expect(await onPhone()).toEqual([{ id: fresh, state: 'kept', files: 2 }])
    await sendAll(ME, ALL)
    const item = town.items.get(fresh)?.item
    expect([item?.mends, item?.seq, item?.facts.size_mu, item?.files.length]).toEqual([id, 2, 1, 2])
    expect([[...town.files.keys()].every((key) => key.startsWith(fresh)), await onPhone()]).toEqual([
      true,
      [],
    ])
  })

  it('mended before it was ever sent is told as gone, so that nothing waits for its number', async () => {
    const id = await write(ME, aDraft(-1), vault)
    const fresh = await mend(ME, id, { facts: { size_mu: 1 } }, vault)
    await sendAll(ME, ALL)
    expect(town.gone).toEqual([{ id, seq: 1, reason: 'mended' }])
    expect(town.items.get(fresh)?.item.mends).toBeUndefined()
  })
})

describe('two tabs that write at once', () => {
  it('never give one number twice and leave no gap', async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, (_none, n) => write(ME, aDraft(n), vault)))
    const rows = await store().items.orderBy('id').toArray()
    expect(rows.map(({ seq }) => seq).sort()).toEqual([1, 2, 3, 4, 5, 6])
    expect(new Set(ids).size).toBe(6)
  })
})

it('a full phone keeps nothing of an item rather than half of it', async () => {
  const full = Object.assign(new Error('full'), { name: 'QuotaExceededError' })
  const { files } = store()
  vi.spyOn(files, 'bulkAdd').mockRejectedValueOnce(full)
  await expect(write(ME, aDraft(1, 1), vault)).rejects.toBeInstanceOf(NoRoom)
  expect([await onPhone(), (await phoneOf(ME)).seq]).toEqual([[], 1])
})

it('is cut where the town would refuse the size or the number', () => {
  const rows = Array.from({ length: 230 }, () => ({ envelope: { sealed: 'x'.repeat(100) } as never }))
  expect(batches(rows, 1_000_000).map(({ length }) => length)).toEqual([100, 100, 30])
  expect(batches(rows.slice(0, 5), 1_500).map(({ length }) => length)).toEqual([2, 2, 1])
})

describe('an app killed at any step', () => {
  /** What a person does in one life: mends what was refused, writes two things with photos, sends. */
  async function day(done: Set<number>): Promise<void> {
    for (const n of [1, 2]) {
      if (done.has(n)) continue
      await write(ME, aDraft(n, n), vault)
      done.add(n)
    }
    const stop = new AbortController()
    vi.stubGlobal('fetch', async (request: Request) => {
      try {
        return await device.line(town.answer)(request)
      } catch (fault) {
        if (fault instanceof Killed) stop.abort(fault)
        throw fault
      }
    })
    const round = await sendAll(ME, { ...ALL, signal: stop.signal })
    if (round.outcome !== 'done') throw new Killed()
  }

  /** An item is whole with all its files that have not arrived, or not there. */
  async function nothingHalf(): Promise<void> {
    for (const row of await store().items.toArray()) {
      const files = await store().files.where('item').equals(row.id).toArray()
      const here = new Set(files.map(({ sha256 }) => sha256))
      const item = JSON.parse(
        text(
          await crypto.subtle.decrypt(
            {
              name: 'AES-GCM',
              iv: row.copy?.nonce as BufferSource,
              additionalData: new TextEncoder().encode(row.id),
            },
            vault,
            row.copy?.sealed as ArrayBuffer,
          ),
        ),
      ).item as { files: { sha256: string }[] }
      for (const { sha256 } of item.files)
        expect(here.has(sha256) || town.files.has(`${row.id} ${sha256}`), `${row.id} ${sha256}`).toBe(true)
    }
    const items = new Set((await store().items.toArray()).map(({ id }) => id))
    for (const { item } of await store().files.toArray()) expect(items.has(item)).toBe(true)
  }

  /** Lives of so many steps each, then one without end: everything acknowledged is there once. */
  async function lives(steps: () => number, most: number): Promise<void> {
    const done = new Set<number>()
    for (let life = 0; life < most; life++) {
      device.live(steps())
      const isOver = await day(done).then(
        () => true,
        () => false,
      )
      device.live()
      await nothingHalf()
      if (isOver) break
    }
    await day(done)
    const told = [...town.items.values()].map(({ item }) => item.facts.size_mu).sort()
    expect(told).toEqual([1, 2])
    const seqs = [...town.items.values()].map(({ item }) => item.seq).sort()
    expect(seqs).toEqual(seqs.map((_seq, n) => n + 1))
    expect(await onPhone()).toEqual([])
    for (const { item } of town.items.values())
      for (const { sha256 } of item.files) expect(town.files.has(`${item.id} ${sha256}`)).toBe(true)
  }

  it('loses nothing and halves nothing, whichever step was the last', async () => {
    device.live()
    await day(new Set())
    const whole = device.steps
    expect(whole).toBeGreaterThan(30)
    for (let last = 0; last < whole; last++) {
      town = await PretendTown.open()
      device = new Device()
      vi.stubGlobal('fetch', device.line(town.answer))
      device.live()
      await register(ME)
      await lives(() => last, 1)
    }
  }, 60_000)

  it('keeps all of what was written together, or nothing', async () => {
    const together = [aDraft(1, 2), aDraft(2), aDraft(3)]
    await writeAll(ME, together, vault)
    const whole = device.steps
    expect(whole).toBeGreaterThan(3)
    await sendAll(ME, ALL)
    const told = [...town.items.values()].map(({ item }) => item.facts.size_mu)
    expect(told).toEqual([1, 2, 3])
    for (let last = 0; last < whole; last++) {
      device = new Device()
      device.live()
      await register(ME)
      device.live(last)
      await writeAll(ME, together, vault).catch(() => undefined)
      device.live()
      expect([0, 3]).toContain((await onPhone()).length)
      await nothingHalf()
    }
  })

  it('loses nothing over many short lives', async () => {
    let seed = 7
    const random = () => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
    for (let run = 0; run < 5; run++) {
      town = await PretendTown.open()
      device = new Device()
      vi.stubGlobal('fetch', device.line(town.answer))
      device.live()
      await register(ME)
      await lives(() => 3 + Math.floor(random() * 20), 60)
    }
  }, 60_000)
})

import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import Dexie from 'dexie'
import { beforeEach, describe, expect, it } from 'vitest'
import { holdsOf } from './holds'
import { Store, VERSIONS, use, type ItemRow } from './store'

const NEXT = [...VERSIONS, { items: 'id, phone, [phone+seq], state, form' }, { marks: 'id' }]
const PHONE = '0198c0de-1111-7111-8111-111111111111'

beforeEach(() => {
  Dexie.dependencies.indexedDB = new IDBFactory()
  Dexie.dependencies.IDBKeyRange = IDBKeyRange
})

function anItem(n: number): ItemRow {
  return {
    id: `item-${n}`,
    phone: PHONE,
    seq: n,
    state: 'kept',
    form: 'people.check_household',
    title: '没变',
    made_at: '2026-06-11T02:25:00.000Z',
    envelope: { id: `item-${n}`, sealed: 'x'.repeat(10) } as never,
    copy: null,
    says: '',
    isHeard: false,
    errors: [],
    conflict: null,
    mends: null,
    reason: '',
  }
}

describe('an outbox on a phone that was away', () => {
  it.each(NEXT.map((_tables, n) => [n + 1]))(
    'written by version %i is whole in every later one',
    async (version) => {
      const old = new Store('phone', NEXT.slice(0, version))
      await old.items.bulkAdd([1, 2, 3].map(anItem))
      old.close()
      for (let later = version; later <= NEXT.length; later++) {
        const fresh = new Store('phone', NEXT.slice(0, later))
        use(fresh)
        expect((await fresh.items.orderBy('[phone+seq]').toArray()).map(({ seq }) => seq)).toEqual([1, 2, 3])
        expect((await holdsOf(PHONE)).items).toBe(3)
        fresh.close()
      }
    },
  )

  it('is opened by an older app too, that somebody still has open', async () => {
    const fresh = new Store('phone', NEXT)
    await fresh.items.add(anItem(1))
    fresh.close()
    const old = new Store('phone', VERSIONS)
    expect(await old.items.count()).toBe(1)
    old.close()
  })
})

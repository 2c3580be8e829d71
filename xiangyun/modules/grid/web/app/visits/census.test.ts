import { describe, expect, it } from 'vitest'
import { useCensus, wrongOf } from './census'
import type { List, Told } from '@shared/people/told'
import type { PackHome } from './due'

const HOME: PackHome = {
  id: '1',
  version: 3,
  number: '0001',
  area_name: '迎丰村',
  group_name: '',
  address: '迎丰村二组 18 号',
  house_size_m2: '96.5',
  water: 'tap',
  toilet: '',
  heating: 'coal',
  has_broadband: null,
  checked_at: '2026-06-01T00:00:00Z',
  is_due: true,
  members: [],
}

const GONE: Told = { act: 'leave', id: 'p1', name: '李二柱', version: 2, facts: { how: 'moved_out' } }

const LISTS: List[] = [
  {
    id: 'heating',
    codes: [
      { code: 'coal', zh: '燃煤', en: 'coal' },
      { code: 'central', zh: '集中供热', en: 'district heating' },
    ],
  },
]

describe('what is one of a list', () => {
  it('is asked where the list is on the phone', () => {
    expect(useCensus(HOME, []).rows).toEqual(['address', 'house_size_m2', 'has_broadband', 'people'])
    expect(useCensus(HOME, LISTS).rows).toContain('heating')
    expect(useCensus(HOME, LISTS).rows).not.toContain('water')
  })

  it('goes on its way as its code', () => {
    const census = useCensus(HOME, LISTS)
    census.write('heating', 'central')
    expect(census.told()).toMatchObject({ facts: { heating: 'central' }, was: { heating: 'coal' } })
    census.write('heating', 'coal')
    expect(census.told().facts).toEqual({})
  })
})

describe('都没变', () => {
  it('leaves what was changed alone, and is taken back', () => {
    const census = useCensus(HOME, [])
    census.write('house_size_m2', '88.5')
    census.same('address')
    census.sameAll()
    expect(census.stateOf('house_size_m2')).toBe('changed')
    expect(census.open.value).toEqual([])
    census.undo()
    expect(census.open.value).toEqual(['has_broadband', 'people'])
    expect(census.stateOf('address')).toBe('same')
    expect(census.valueOf('house_size_m2')).toBe('88.5')
  })

  it('taken back leaves what was answered since', () => {
    const census = useCensus(HOME, [])
    census.sameAll()
    census.write('has_broadband', true)
    census.same('address')
    census.undo()
    expect(census.open.value).toEqual(['house_size_m2', 'people'])
    expect(census.changed.value).toEqual(['has_broadband'])
  })
})

describe('what is not filled in', () => {
  it('is counted', () => {
    const census = useCensus(HOME, [])
    expect(census.open.value).toHaveLength(4)
    census.same('people')
    census.write('has_broadband', false)
    expect(census.open.value).toHaveLength(2)
    census.leave('people')
    expect(census.open.value).toHaveLength(3)
  })

  it('is everything where every question was put off', () => {
    const census = useCensus(HOME, [])
    expect(census.isAsked.value).toBe(false)
    census.same('address')
    expect(census.isAsked.value).toBe(true)
    census.rows.forEach((row) => census.leave(row))
    expect(census.isAsked.value).toBe(false)
    census.tellOf([GONE])
    expect(census.isAsked.value).toBe(true)
  })

  it('is people of whom everything was taken back', () => {
    const census = useCensus(HOME, [])
    census.tellOf([GONE])
    expect(census.stateOf('people')).toBe('changed')
    census.tellOf([])
    expect(census.stateOf('people')).toBe('open')
  })

  it('is people again once they are as they were', () => {
    const census = useCensus(HOME, [])
    census.tellOf([GONE])
    census.same('people')
    expect([census.stateOf('people'), census.told().people]).toEqual(['same', []])
  })
})

describe('what goes on its way', () => {
  it('is only what is another now, with what stood there', () => {
    const census = useCensus(HOME, [])
    census.write('address', ' 迎丰村二组 18 号 ')
    census.write('house_size_m2', ' 88.5 ')
    census.tellOf([GONE])
    expect(census.told()).toEqual({
      outcome: 'changed',
      people: [GONE],
      facts: { house_size_m2: '88.5' },
      was: { house_size_m2: '96.5' },
    })
  })

  it('is 没变 when every row is', () => {
    const census = useCensus(HOME, [])
    census.sameAll()
    expect(census.told()).toEqual({ outcome: 'same', people: [], facts: {}, was: {} })
  })

  it('is 没变 of what was asked while a row is open', () => {
    const census = useCensus(HOME, [])
    census.same('address')
    expect(census.told()).toEqual({ outcome: 'partly', people: [], facts: {}, was: {} })
    census.write('has_broadband', true)
    expect(census.told().outcome).toBe('changed')
  })

  it('is nothing where there was something', () => {
    const census = useCensus(HOME, [])
    census.write('address', '')
    expect(census.told().facts).toEqual({ address: null })
  })
})

it('what cannot be is said as the register would', () => {
  const words = ['-5', '多', '100001', '88.55', '88.5', ''].map((size) => wrongOf('house_size_m2', size)?.[0])
  expect(words).toEqual(['below', 'not_number', 'above', 'digits', undefined, undefined])
  expect(wrongOf('address', '长'.repeat(121))).toEqual(['too_long', { n: 120 }])
})

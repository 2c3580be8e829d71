import { describe, expect, it } from 'vitest'
import { drafts, wrongOf, years, type Told } from './told'

const TITLES = { join: '添了人', change: '改了资料', leave: '离开了' }
const HOME = { id: 'h1', place: '迎丰村' }

describe('what goes on its way', () => {
  it('is one item a person, with the home where it matters', () => {
    const told: Told[] = [
      { act: 'join', id: 'n1', name: '李小丫', facts: { name: '李小丫', relation: '42', began_by: 'born' } },
      {
        act: 'change',
        id: 'r1',
        name: '王秀英',
        version: 3,
        facts: { marriage: '30' },
        was: { marriage: '20' },
      },
      { act: 'leave', id: 'r2', name: '李二柱', version: 5, facts: { how: 'died', on: '2026-11-20' } },
    ]
    const [join, change, leave] = drafts(HOME, told, TITLES)
    expect(join).toMatchObject({
      form: 'people.add_resident',
      subject: { kind: 'resident', id: 'n1' },
      base: null,
      facts: { household: 'h1', name: '李小丫' },
    })
    expect(change).toMatchObject({ form: 'people.change_resident', base: 3, was: { marriage: '20' } })
    expect(change?.facts).toEqual({ marriage: '30' })
    expect(leave).toMatchObject({
      form: 'people.leave_home',
      base: 5,
      facts: { household: 'h1', how: 'died' },
    })
  })

  it('names nobody in what stands unsealed', () => {
    const told: Told[] = [{ act: 'leave', id: 'r2', name: '李二柱', version: 5, facts: {} }]
    const [one] = drafts(HOME, told, TITLES)
    expect(one?.title).toBe('离开了')
    expect(one?.about).toBe('李二柱·迎丰村')
  })
})

describe('what cannot be', () => {
  it.each([
    ['born_on', '2026-11-29', 'after_today'],
    ['born_on', '2026-11-28', null],
    ['on', '2027-01-01', 'after_today'],
    ['id_no', '11010519491231002X', null],
    ['id_no', '11010519491231002x', null],
    ['id_no', '110105194912310021', 'id_no'],
    ['id_no', '1101051949', 'id_no'],
    ['phone', '13812345678', null],
    ['phone', '不知道', 'phone'],
    ['phone', '', null],
  ])('%s %s is told as %s', (fact, value, wrong) => {
    expect(wrongOf(fact, value, '2026-11-28')).toBe(wrong)
  })
})

it('a birthday counts from its day on', () => {
  expect(years('2000-11-28', '2026-11-28')).toBe(26)
  expect(years('2000-11-29', '2026-11-28')).toBe(25)
})

import { describe, expect, it } from 'vitest'
import { givenLetters } from './letters'
import { masked } from './place'
import { inOrder, type WallItem } from './wall'

const anItem = (id: string, tone: WallItem['tone'], endsAt: number): WallItem => ({
  id,
  tone,
  endsAt,
  title: id,
  short: id,
  chip: '',
})

describe('the wall', () => {
  it('shows danger first, then what ends first, tips last', () => {
    const items = [
      anItem('tip', 'tip', 0),
      anItem('late', 'late', 5),
      anItem('b', 'danger', 9),
      anItem('a', 'danger', 3),
      anItem('s', 'silent', 1),
    ]
    expect(inOrder(items).map(({ id }) => id)).toEqual(['a', 'b', 'late', 's', 'tip'])
  })

  it('gives letters in order', () => {
    expect([...givenLetters(['x', 'y'], new Map())]).toEqual([
      ['x', '甲'],
      ['y', '乙'],
    ])
  })

  it('lets a thing keep its letter while it is there, and gives a free one on', () => {
    const before = givenLetters(['x', 'y', 'z'], new Map())
    const after = givenLetters(['new', 'z', 'y'], before)
    expect(after.get('y')).toBe('乙')
    expect(after.get('z')).toBe('丙')
    expect(after.get('new')).toBe('甲')
    expect(after.has('x')).toBe(false)
  })

  it('has no letter left for the one too many', () => {
    expect(givenLetters(['a', 'b', 'c'], new Map(), ['甲', '乙']).has('c')).toBe(false)
  })

  it('hides names from visitors', () => {
    expect(masked('张永胜', true)).toBe('张＊＊')
    expect(masked('张永胜', false)).toBe('张永胜')
    expect(masked('', true)).toBe('')
  })
})

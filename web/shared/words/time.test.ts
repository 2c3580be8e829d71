import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent } from 'vue'
import { fromField, toField, useTimes } from './time'

const NOW = '2026-11-24T10:42:00+08:00'
let times: ReturnType<typeof useTimes>

beforeEach(() => {
  vi.useFakeTimers({ now: new Date(NOW) })
  mount(
    defineComponent({
      setup() {
        times = useTimes()
        times.now.value = Date.now()
        return () => null
      },
    }),
  )
})
afterEach(() => vi.useRealTimers())

describe('a moment', () => {
  it.each([
    ['2026-11-24T10:41:40+08:00', '刚才'],
    ['2026-11-24T10:36:00+08:00', '6 分钟前'],
    ['2026-11-24T04:42:00+08:00', '6 小时前'],
    ['2026-11-23T15:00:00+08:00', '11月23日 15:00'],
    ['2025-11-24T10:42:00+08:00', '2025-11-24 10:42'],
    ['2026-11-24T18:00:00+08:00', '18:00'],
  ])('%s reads %s', (at, words) => {
    expect(times.ago(at)).toBe(words)
  })

  it('a deadline that ends with a day is said by that day', () => {
    expect(times.until('2026-10-17T00:00:00+08:00')).toBe('10月16日 24:00')
    expect(times.until('2026-10-17T00:01:00+08:00')).toBe('10月17日 00:01')
  })

  it('keeps the town’s own clock wherever the reader sits', () => {
    expect(times.clock('2026-11-24T02:42:00Z')).toBe('10:42')
    expect(toField(new Date(NOW))).toBe('2026-11-24T10:42')
    expect(+new Date(fromField('2026-11-24T10:42'))).toBe(+new Date(NOW))
  })
})

describe('a deadline', () => {
  it('counts down in words, and is soon when due today', () => {
    expect(times.deadline('2026-11-24T12:02:00+08:00', '2026-11-24T10:00:00+08:00')).toMatchObject({
      state: 'soon',
      words: '还剩 1 小时 20 分',
    })
  })
  it('is not soon while it was only just given, though it is due today', () => {
    expect(times.deadline('2026-11-24T16:41:00+08:00', '2026-11-24T10:41:00+08:00').state).toBe('left')
  })
  it('is soon when four fifths of its time are used', () => {
    expect(times.deadline('2026-11-26T10:42:00+08:00', '2026-11-10T10:42:00+08:00').state).toBe('soon')
    expect(times.deadline('2026-11-26T10:42:00+08:00', '2026-11-24T08:42:00+08:00').state).toBe('left')
  })
  it('says how long it is over', () => {
    expect(times.deadline('2026-11-24T07:42:00+08:00')).toMatchObject({
      state: 'over',
      words: '超期 3 小时',
      used: 1,
    })
  })
  it('says when there is none', () => {
    expect(times.deadline(null)).toMatchObject({ state: 'none', words: '没有时限' })
  })
})

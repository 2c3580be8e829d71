import { mount } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import { createI18n } from 'vue-i18n'
import { defineComponent, h } from 'vue'
import zh from '../words/zh-Hans.json'
import { partOf, useWhen } from './useWhen'

afterEach(() => vi.useRealTimers())

it('a time ahead is said as in the village', () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T10:00:00+08:00'), toFake: ['Date'] })
  let when!: (at: string) => string
  const i18n = createI18n({
    legacy: false,
    locale: 'zh-Hans',
    messages: { 'zh-Hans': { agriculture: zh } } as never,
  })
  mount(defineComponent({ setup: () => ((when = useWhen().when), () => h('i')) }), {
    global: { plugins: [i18n] },
  })
  document.dispatchEvent(new Event('visibilitychange'))
  expect(when('2026-11-25T20:00:00+08:00')).toBe('明天晚上 8 点')
  expect(when('2026-11-24T12:30:00+08:00')).toBe('今天中午 12 点半')
  expect(when('2026-11-26T00:00:00+08:00')).toBe('明天夜里 12 点')
  expect(when('2027-01-04T00:00:00+08:00')).toBe('2027-01-03')
  expect(when('2026-11-26T00:05:00+08:00')).toBe('后天夜里 0 点 5 分')
})

it('the day has parts', () => {
  expect([0, 5, 11, 13, 18].map(partOf)).toEqual(['night', 'morning', 'noon', 'afternoon', 'evening'])
})

import { mount } from '@vue/test-utils'
import { expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import zh from '../words/zh-Hans.json'
import TipFoot from './TipFoot.vue'
import type { Tip } from './useHome'

const TIP: Tip = {
  alert_id: 'a',
  headline: '小麦先别浇水',
  what: '',
  why: '',
  later: '',
  checked_by: '农技员陈志强看过',
  since: '2026-06-20T14:00:00+08:00',
  valid_until: null,
  valid_words: null,
}

function foot(tip: Partial<Tip>): string[] {
  const i18n = createI18n({
    legacy: false,
    locale: 'zh-Hans',
    messages: { 'zh-Hans': { agriculture: zh } } as never,
  })
  const drawn = mount(TipFoot, { props: { tip: { ...TIP, ...tip } }, global: { plugins: [i18n] } })
  return drawn.findAll('span').map((one) => one.text())
}

it('while it rains the foot says how the tip will end', () => {
  expect(foot({ valid_words: '雨停一天为止' })).toEqual(['农技员陈志强看过', '雨停一天为止'])
})

it('a known end is said as a time', () => {
  expect(foot({ valid_until: '2024-06-21T14:00:00+08:00' })[1]).toMatch(/^管到/)
})

it('without either the foot says who looked', () => {
  expect(foot({})).toEqual(['农技员陈志强看过'])
})

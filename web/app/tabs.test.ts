import type { Feature, Tab } from '@shared/feature'
import { describe, expect, it } from 'vitest'
import { tabsFor } from './tabs'

const tab = (to: string, more: Partial<Tab> = {}): Tab => ({ to, title: to, icon: {}, ...more })
const feature = (...tabs: Tab[]): Feature => ({ id: 'x', title: 'x', app: { tabs } })
const WORK = feature(tab('/work', { order: 5, needs: 'workflow.see_work' }))
const NOTICES = feature(tab('/notices', { order: 30, mode: 'plain' }))
const paths = (...given: Parameters<typeof tabsFor>) => tabsFor(...given).map(({ to }) => to)

describe('the tabs', () => {
  it('of a villager are home, village, me: no promise of what does not exist', () => {
    expect(paths([WORK, NOTICES], 'elder', (need) => !need)).toEqual(['/', '/village', '/me'])
  })

  it('of somebody who works begin with the day', () => {
    expect(paths([WORK, NOTICES], 'plain', () => true)).toEqual(['/work', '/notices', '/village', '/me'])
  })

  it('keep home first for somebody who works but reads in elder mode', () => {
    expect(paths([WORK, NOTICES], 'elder', () => true)).toEqual(['/', '/work', '/village', '/me'])
  })

  it('are never more than four', () => {
    const many = feature(tab('/a', { order: 10 }), tab('/b', { order: 20 }), tab('/c', { order: 25 }))
    expect(paths([many], 'elder', () => true)).toEqual(['/', '/a', '/village', '/me'])
  })
})

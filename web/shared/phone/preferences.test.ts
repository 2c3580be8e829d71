import { describe, expect, it } from 'vitest'
import { modeOf, STEPS } from './preferences'

const post = (role: string) => ({ role, area: '15.08.02.100.201', area_name: '迎丰村' })

describe('the mode', () => {
  it('is elder for villagers and for whoever is not known yet', () => {
    expect(modeOf(null, null)).toBe('elder')
    expect(modeOf(null, { posts: [post('villager')] })).toBe('elder')
  })

  it('is standard for those who work with the phone', () => {
    expect(modeOf(null, { posts: [post('villager'), post('grid_worker')] })).toBe('plain')
  })

  it('follows the account on a new phone, and the person on this one', () => {
    expect(modeOf(null, { posts: [post('grid_worker')], elder: true })).toBe('elder')
    expect(modeOf('plain', { posts: [post('villager')], elder: true })).toBe('plain')
  })
})

it('elder letters go from 18 to 30', () => {
  expect([STEPS.elder[0], STEPS.elder.at(-1)]).toEqual([18, 30])
})

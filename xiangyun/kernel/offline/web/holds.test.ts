import { describe, expect, it } from 'vitest'
import { megabytes, standing } from './holds'
import en from './words/en.json'
import zh from './words/zh-Hans.json'

describe('how large it is', () => {
  it.each([
    [0, '0.0'],
    [900, '0.1'],
    [1_250_000, '1.3'],
  ])('%s bytes are %s', (bytes, told) => {
    expect(megabytes(bytes)).toBe(told)
  })
})

describe('how a phone stands', () => {
  const at = '2026-11-27T08:00:00Z'
  it.each([
    [null, 0, 'ok', 'all_here'],
    [null, 2, 'todo', 'holding'],
    [at, 0, 'silent', 'revoked'],
    [at, 2, 'silent', 'revoked_with'],
  ])('revoked %s with %s not here', (revoked_at, never_came, state, key) => {
    expect(standing({ revoked_at, never_came })).toEqual({ state, key })
  })
})

it('says how many things a phone threw away, which is what it tells; not how often it did', () => {
  expect(zh.phones.evicted).toBe('手机把 {n} 条没送出的清掉过')
  expect(en.phones.evicted).not.toContain('time')
})

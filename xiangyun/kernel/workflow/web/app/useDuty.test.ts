import { describe, expect, it } from 'vitest'
import type { Duty, DutyPerson } from '../api'
import { toCall } from './useDuty'

const person = (account: string, phone = '100 0000 0001') =>
  ({ account, name: account, phone, post: '' }) as DutyPerson
const duty = (officers: DutyPerson[], leader: DutyPerson | null = null) => ({ officers, leader }) as Duty

describe('whom I call', () => {
  it('is the first on duty', () => {
    expect(toCall(duty([person('a'), person('b')], person('c')), 'me')?.account).toBe('a')
  })

  it('is never myself, and nobody without a public number', () => {
    expect(toCall(duty([person('me'), person('b', '')], person('c')), 'me')?.account).toBe('c')
  })

  it('is nobody where nobody can be called', () => {
    expect(toCall(duty([]), 'me')).toBeNull()
    expect(toCall(undefined, 'me')).toBeNull()
  })
})

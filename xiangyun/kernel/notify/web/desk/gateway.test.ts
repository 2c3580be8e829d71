import { describe, expect, it } from 'vitest'
import type { ChannelState } from '../api'
import { lines, opened, table, told, Unfit } from './gateway'

const empty: ChannelState = {
  channel: 'sms', is_set: false, is_on: false, is_of_town: false, set_at: null, settings: null, secrets: [],
  today: {}, faults: [],
} // prettier-ignore

describe('what is typed of a gateway', () => {
  it('reads lines as a table, whatever stands in the value', () => {
    expect(table('A: b: c\n\n  X-Y:1 ', ':')).toEqual({ A: 'b: c', 'X-Y': '1' })
    expect(lines({ A: 'b', C: 1 }, ': ')).toBe('A: b\nC: 1')
    expect(() => table('nonsense', ':')).toThrow(Unfit)
  })

  it('goes back and forth without a change', () => {
    const typed = { ...opened(empty), url: 'https://sms.example.cn/send', canAsk: true, askPath: 's' }
    typed.askStates = 'OK=delivered'
    const sent = told('sms', typed, true)
    const again = opened({ ...empty, is_of_town: true, settings: { ...sent } as never, secrets: ['token'] })
    expect(told('sms', again, true)).toEqual(sent)
    expect(sent.request.body).toEqual({ phone: '{to}', content: '{text}', id: '{key}' })
  })

  it('keeps a secret that was left empty, and says which line it cannot read', () => {
    const typed = opened({ ...empty, is_of_town: true, secrets: ['token'] })
    expect(told('voice', typed, true).secrets).toEqual({ token: null })
    expect(() => told('sms', { ...typed, body: '[1]' }, true)).toThrow(Unfit)
    expect(() => told('sms', { ...typed, reports: true, reportStates: 'OK=fine' }, true)).toThrow('OK=fine')
  })
})

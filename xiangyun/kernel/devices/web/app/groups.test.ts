import { expect, it } from 'vitest'
import { grouped, type DeviceState, type PhoneDevice } from './groups'

const device = (name: string, state: DeviceState, silent_since: string | null = null): PhoneDevice => ({
  id: name,
  name,
  area_name: '迎丰村',
  state,
  last_heard_at: null,
  silent_since,
})

it('the unwell come first, the longest silent before; what is out of use is left away', () => {
  const groups = grouped([
    device('a', 'reporting'),
    device('b', 'silent', '2026-11-24T10:00:00Z'),
    device('c', 'silent', '2026-11-23T10:00:00Z'),
    device('d', 'revoked'),
    device('e', 'never_heard'),
  ])
  expect(groups.map(({ state, devices }) => [state, devices.map(({ name }) => name).join()])).toEqual([
    ['silent', 'c,b'],
    ['never_heard', 'e'],
    ['reporting', 'a'],
  ])
})

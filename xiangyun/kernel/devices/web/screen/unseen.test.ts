import { describe, expect, it } from 'vitest'
import type { Device } from '../api'
import { blindPlaces, unseen } from './unseen'

const aDevice = (changes: Partial<Device>): Device => ({
  id: 'd1',
  key: 'k',
  name: '墒情 B01',
  profile: 'soil_probe',
  area: '15.08.02.100.201',
  area_name: '迎丰村',
  lon: null,
  lat: null,
  state: 'silent',
  last_heard_at: '2026-11-24T07:58:00Z',
  silent_since: '2026-11-24T07:58:00Z',
  expected_every_s: 600,
  keeper: null,
  created_at: '2026-01-01T00:00:00Z',
  revoked_at: null,
  quarantine: [],
  parked: 0,
  note: '',
  cut_off: null,
  derived_metrics: {},
  may: [],
  ...changes,
})

describe('what is not seen', () => {
  it('is told together where it fell silent together, the newest first', () => {
    const found = unseen([
      aDevice({ id: 'a' }),
      aDevice({ id: 'b', silent_since: '2026-11-24T08:05:00Z' }),
      aDevice({ id: 'c', area: '15.08.02.100.216', silent_since: '2026-11-23T13:10:00Z' }),
      aDevice({ id: 'd', state: 'reporting', silent_since: null }),
      aDevice({ id: 'e', state: 'never_heard', silent_since: null }),
    ])
    expect(found.map(({ devices }) => devices.map(({ id }) => id).sort())).toEqual([['a', 'b'], ['c'], ['e']])
  })

  it('is one line where several places fell silent at once', () => {
    const found = unseen([aDevice({ id: 'a' }), aDevice({ id: 'b', area: '15.08.02.100.202' })])
    expect(found.map(({ devices }) => devices.length)).toEqual([2])
  })

  it('leaves a village blind only when none of its devices is heard', () => {
    expect(
      blindPlaces([
        aDevice({ id: 'a' }),
        aDevice({ id: 'b', area: '15.08.02.100.201.g01' }),
        aDevice({ id: 'c', area: '15.08.02.100.202' }),
        aDevice({ id: 'd', area: '15.08.02.100.202', state: 'reporting' }),
        aDevice({ id: 'e', area: '15.08.02.100' }),
        aDevice({ id: 'f', area: '15.08.02.100.203', state: 'revoked' }),
      ]),
    ).toEqual(['15.08.02.100.201'])
  })
})

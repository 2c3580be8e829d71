/** Devices and their readings on the wire. */
import { get, opId, post, type Page } from '@shared/api/client'

export type DeviceState = 'never_heard' | 'reporting' | 'silent' | 'maintenance' | 'revoked'
export type Move = 'revoke' | 'start_maintenance' | 'end_maintenance' | 'set_keeper'

export interface Device {
  id: string
  key: string
  name: string
  profile: string
  area: string
  area_name: string
  lon: number | null
  lat: number | null
  state: DeviceState
  last_heard_at: string | null
  silent_since: string | null
  expected_every_s: number
  keeper: { account: string; name: string } | null
  created_at: string
  revoked_at: string | null
  quarantine: { metric: string; count: number; last_at: string }[]
  parked: number
  may: Move[]
}

export interface Metric {
  code: string
  title: string
  unit: string
  low: number
  high: number
  aggregate: 'mean' | 'sum' | 'vector'
}

export interface Profile {
  code: string
  title: string
  expected_every_s: number
  source: string
  metrics: Metric[]
}

export type Quality = 'ok' | 'suspect' | 'bad'
export type Latest = Record<string, { value: number | null; ts: string; quality: Quality }>

export interface Series {
  metric: string
  unit: string
  step: string
  points: {
    ts: string
    value: number | null
    min: number | null
    max: number | null
    count: number
    quality: Quality
  }[]
  gaps: { from: string; to: string }[]
}

export interface Parked {
  id: string
  reason: string
  why: string
  metric: string | null
  ts: string | null
  value: string
  received_at: string
}

export interface Raw {
  id: string
  received_at: string
  door: string
  line: string
  stored: number
  duplicate: number
  rejected: number
}

export interface Made {
  id: string
  key: string
  secret: string | null
  name: string
  profile: string
  area: string
}

export interface NewDevice {
  name: string
  profile: string
  area: string
  lon: number | null
  lat: number | null
  keeper: string | null
  op_id: string
}

export interface OpenAlert {
  id: string
  rule: string
  severity: number
  reason: string | null
  event_at: string
  kind: 'alert' | 'tip' | 'fact'
}

export interface Place {
  path: string
  name: string
  full_name: string
  level: string
  point: [number, number] | null
}

const one = { path: (id: string) => ({ path: { id } }) }

export const listDevices = (query: Record<string, string | number | undefined>) =>
  get<Page<Device>>('/api/devices', { query })
export const getDevice = (id: string) => get<Device>('/api/devices/{id}', one.path(id))
export const listProfiles = () => get<Page<Profile>>('/api/device_profiles')
export const registerDevice = (device: NewDevice) => post<Made>('/api/devices', device)
export const revoke = (id: string) =>
  post<Device>('/api/devices/{id}/revoke', { op_id: opId() }, one.path(id))
export const setMaintenance = (id: string, on: boolean) =>
  post<Device>('/api/devices/{id}/maintenance', { on, op_id: opId() }, one.path(id))
export const setKeeper = (id: string, account: string) =>
  post<Device>('/api/devices/{id}/keeper', { account, op_id: opId() }, one.path(id))
export const getLatest = (id: string) => get<Latest>('/api/telemetry/{id}/latest', one.path(id))
export const getSeries = (id: string, query: { metric: string; from: string; to: string; step: string }) =>
  get<Series>('/api/telemetry/{id}/series', { ...one.path(id), query })
export const listParked = (id: string) =>
  get<Page<Parked>>('/api/devices/{id}/parked', { ...one.path(id), query: { limit: 50 } })
export const listRaw = (id: string) =>
  get<Page<Raw>>('/api/devices/{id}/raw', { ...one.path(id), query: { limit: 12 } })
export const getRhythm = (id: string, hours: number) =>
  get<Rhythm>('/api/devices/{id}/rhythm', { ...one.path(id), query: { hours } })
export const listAlerts = (device: string) =>
  get<Page<OpenAlert>>('/api/alerts', { query: { state: 'open', device } })
export const listPlaces = (query: { parent?: string; level?: string; q?: string; limit?: number }) =>
  get<Page<Place>>('/api/areas', { query })

/** Which slots of ten minutes had a record. */
export interface Rhythm {
  step_s: number
  slots: { at: string; heard: boolean }[]
}

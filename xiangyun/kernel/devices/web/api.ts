/** Devices and their readings on the wire. */
import { get, opId, post, type Out, type Page } from '@shared/api/client'

export type DeviceState = Out<'State'>
export type Move = 'revoke' | 'start_maintenance' | 'end_maintenance' | 'set_keeper'

export interface Device extends Out<'DeviceOut'> {
  may: Move[]
}

export type Derived = Out<'Derived'>

export type Metric = Out<'MetricOut'>

export type Profile = Out<'ProfileOut'>

export type Quality = 'ok' | 'suspect' | 'bad'
export type Latest = Record<string, { value: number; ts: string; quality: Quality }>

export interface Series extends Omit<Out<'SeriesOut'>, 'points'> {
  points: (Out<'PointOut'> & { quality: Quality })[]
}

export type Parked = Out<'ParkedOut'>

export type Raw = Out<'RawOut'>

export type Made = Out<'DeviceMade'>

export interface NewDevice {
  name: string
  profile: string
  area: string
  lon: number | null
  lat: number | null
  keeper: string | null
  op_id: string
}

export type OpenAlert = Out<'AlertOut'>

export type Place = Out<'AreaOut'>

const of = (id: string) => ({ path: { device_id: id } })

export const listDevices = (query: Record<string, string | number | undefined>) =>
  get<Page<Device>>('/api/devices', { query })
export const getDevice = (id: string) => get<Device>('/api/devices/{device_id}', of(id))
export const listProfiles = () => get<Page<Profile>>('/api/device_profiles')
export const registerDevice = (device: NewDevice) => post<Made>('/api/devices', device)
export const revoke = (id: string) =>
  post<Device>('/api/devices/{device_id}/revoke', { op_id: opId() }, of(id))
export const setMaintenance = (id: string, on: boolean) =>
  post<Device>('/api/devices/{device_id}/maintenance', { on, op_id: opId() }, of(id))
export const setKeeper = (id: string, account: string) =>
  post<Device>('/api/devices/{device_id}/keeper', { account, op_id: opId() }, of(id))
export const getLatest = (id: string) => get<Latest>('/api/telemetry/{device_id}/latest', of(id))
export const getSeries = (id: string, query: { metric: string; from: string; to: string; step: string }) =>
  get<Series>('/api/telemetry/{device_id}/series', { ...of(id), query })
export const listParked = (id: string) =>
  get<Page<Parked>>('/api/devices/{device_id}/parked', { ...of(id), query: { limit: 50 } })
export const listRaw = (id: string) =>
  get<Page<Raw>>('/api/devices/{device_id}/raw', { ...of(id), query: { limit: 12 } })
export const getRhythm = (id: string, hours: number) =>
  get<Rhythm>('/api/devices/{device_id}/rhythm', { ...of(id), query: { hours } })
export const listAlerts = (device: string) =>
  get<Page<OpenAlert>>('/api/alerts', { query: { state: 'open', device } })
export const listPlaces = (query: { parent?: string; level?: string; q?: string; limit?: number }) =>
  get<Page<Place>>('/api/areas', { query })

/** Which slots of ten minutes had a record. */
export type Rhythm = Out<'RhythmOut'>
export const listRules = () => get<Page<Out<'RuleOut'>>>('/api/alert_rules', { query: { limit: 200 } })

/** Forecasts, tips, plantings and approvals on the wire. */
import { get, opId, post, type Out, type Page } from '@shared/api/client'

export type Forecast = Out<'ForecastOut'>
export type Tip = Out<'TipOut'>
export type Planting = Out<'PlantingOut'>
export type Approval = Out<'ApprovalOut'>
export type NewForecast = Omit<Out<'ForecastIn'>, 'op_id'>
export type NewPlanting = Omit<Out<'PlantingIn'>, 'op_id'>
export type NewApproval = Omit<Out<'ApprovalIn'>, 'op_id'>

/** Which rows of a list, and from where on. */
type Paging = Record<string, string | number | undefined>

export const listForecasts = (query: Paging) => get<Page<Forecast>>('/api/agriculture/forecasts', { query })
export const enterForecast = (row: NewForecast) =>
  post<Forecast>('/api/agriculture/forecasts', { ...row, op_id: opId() })
export const readForecasts = (area: string, csv: string) =>
  post<Out<'ForecastsOut'>>('/api/agriculture/forecasts/file', { area, csv, op_id: opId() })
export const withdrawForecast = (id: string) =>
  post<Forecast>(
    '/api/agriculture/forecasts/{forecast_id}/withdraw',
    { op_id: opId() },
    { path: { forecast_id: id } },
  )

export const listTips = () => get<Page<Tip>>('/api/agriculture/tips', { query: { limit: 100 } })

export const listPlantings = (query: Paging) => get<Page<Planting>>('/api/agriculture/plantings', { query })
export const registerPlanting = (planting: NewPlanting) =>
  post<Planting>('/api/agriculture/plantings', { ...planting, op_id: opId() })
export const markStages = (id: string, heading_on: string, ripe_on: string) =>
  post<Planting>(
    '/api/agriculture/plantings/{planting_id}/stages',
    { heading_on, ripe_on, op_id: opId() },
    { path: { planting_id: id } },
  )

export const listApprovals = (query: Paging) => get<Page<Approval>>('/api/agriculture/approvals', { query })
export const approveTip = (approval: NewApproval) =>
  post<Approval>('/api/agriculture/approvals', { ...approval, op_id: opId() })
export const endApproval = (id: string) =>
  post<Approval>(
    '/api/agriculture/approvals/{approval_id}/end',
    { op_id: opId() },
    { path: { approval_id: id } },
  )

/** Alerts and their rules on the wire. */
import { get, type Page } from '@shared/api/client'

export interface Alert {
  id: string
  rule: string
  title: string
  kind: 'alert' | 'tip'
  severity: number
  area: string
  subject: { kind: string; id: string }
  device: string | null
  starts_at: string
  event_at: string
  cleared_at: string | null
  raised_at: string
  is_late: boolean
  state: 'open' | 'closed' | 'withdrawn'
  reason: string
  inputs: Record<string, unknown>
  matter: string | null
}

export interface Rule {
  id: string
  code: string
  title: string
  kind: 'alert' | 'tip'
  shape: string
  town: string
  severity: number
  params: Record<string, unknown>
  valid_from: string
  valid_until: string | null
  source: string
  basis: string
}

export const listAlerts = (query: Record<string, string | number | undefined>) =>
  get<Page<Alert>>('/api/alerts', { query })
export const getAlert = (id: string) => get<Alert>('/api/alerts/{id}', { path: { id } })
export const listRules = (code?: string) =>
  get<Page<Rule>>('/api/alert_rules', { query: { code, limit: 200 } })

/** The work an alert's matter has, to go from here to there. */
export interface WorkOfMatter {
  id: string
  number: string
  state: 'open' | 'taken' | 'done'
  assignee: { name: string } | null
}
export const listWorkOf = (matter: string) => get<Page<WorkOfMatter>>('/api/work', { query: { matter } })

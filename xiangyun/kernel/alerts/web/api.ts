/** Alerts and their rules on the wire. */
import { get, type Out, type Page } from '@shared/api/client'

export type Alert = Out<'AlertOut'>

export type Rule = Out<'RuleOut'>

export const listAlerts = (query: Record<string, string | number | undefined>) =>
  get<Page<Alert>>('/api/alerts', { query })
export const getAlert = (id: string) => get<Alert>('/api/alerts/{alert_id}', { path: { alert_id: id } })
export const listRules = (query: Record<string, string | number | undefined>) =>
  get<Page<Rule>>('/api/alert_rules', { query })

/** The work an alert's matter has, to go from here to there. */
export type WorkOfMatter = Out<'WorkOut'>
export const listWorkOf = (matter: string) => get<Page<WorkOfMatter>>('/api/work', { query: { matter } })

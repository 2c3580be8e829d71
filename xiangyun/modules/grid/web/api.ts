/** Reports and what can be reported, on the wire. */
import { get, opId, post, type Out, type Page } from '@shared/api/client'

export type Category = Out<'CategoryOut'>
export type Group = Category['group']
export type Level = Category['level']
export type Report = Out<'ReportOut'>
export type WholeReport = Out<'ReportWholeOut'>
export type MyReport = Out<'MyReportOut'>
export type PublicReport = Out<'PublicReportOut'>
export type Likely = Out<'LikelyOut'>
export type PublicState = MyReport['state']
export type Found = Out<'PersonFoundOut'>
export type Caller = Out<'CallerOut'>
export type Visit = Out<'VisitOut'>
export type VisitTold = Out<'VisitToldOut'>

type Query = Record<string, string | number | boolean | undefined>
/** What a form sends; the id makes the same form count once. */
export type Body = Record<string, unknown>

export const LEVELS: readonly Level[] = ['grid', 'village', 'town']
export const SEVERITIES = [1, 2, 3, 4] as const
export const CHANNELS = ['police', 'court', 'petition', 'arbitration'] as const
export const REASONS = ['service', 'visit', 'check', 'emergency', 'request'] as const

export const listCategories = () => get<Out<'CategoriesOut'>>('/api/grid/categories')
export const setCategory = (body: Body) => post<Category>('/api/grid/categories', { ...body, op_id: opId() })
export const makeReport = (body: Body) => post<MyReport>('/api/grid/reports', body)
export const listMine = (query: Query) => get<Page<MyReport>>('/api/grid/my_reports', { query })
/** What hangs on the board of a place, without a sign-in. */
export const readBoard = (query: Query) =>
  get<Page<PublicReport> & { area_name: string }>('/api/grid/board', { query })
/** Where a phone that scans the notice sheet of a place is led. */
export const boardUrl = (area: string): string => `${location.origin}/app/board/${area}`
export const listPublished = (query: Query) => get<Page<PublicReport>>('/api/grid/published', { query })
export const listReports = (query: Query) => get<Page<Report>>('/api/grid/reports', { query })
export const getReport = (report_id: string) =>
  get<WholeReport>('/api/grid/reports/{report_id}', { path: { report_id } })
export const listLikely = async (report_id: string) =>
  (await get<Out<'LikelyListOut'>>('/api/grid/reports/{report_id}/likely', { path: { report_id } })).items
export type Interval = Out<'VisitIntervalOut'>
export const listIntervals = async () =>
  (await get<Out<'VisitIntervalsOut'>>('/api/grid/visit_intervals')).items
export const setVisitInterval = (body: Body) =>
  post<Interval>('/api/grid/visit_intervals', { ...body, op_id: opId() })
export const fileUrl = (report: string, file: string): string =>
  '/api/grid/reports/{report_id}/files/{report_file_id}'
    .replace('{report_id}', report)
    .replace('{report_file_id}', file)

const ACTS = {
  verify: '/api/grid/reports/{report_id}/verify',
  classify: '/api/grid/reports/{report_id}/classify',
  begin: '/api/grid/reports/{report_id}/begin',
  result: '/api/grid/reports/{report_id}/result',
  check: '/api/grid/reports/{report_id}/check',
  close_here: '/api/grid/reports/{report_id}/close_here',
  send_to_law: '/api/grid/reports/{report_id}/send_to_law',
} as const
export type Door = keyof typeof ACTS | keyof typeof JOINING
/** Two are one, or were two after all: the matter of the one that goes is told, and this report read anew. */
const JOINING = {
  merge: '/api/matters/{matter_id}/merge',
  unmerge: '/api/matters/{matter_id}/unmerge',
} as const
const isJoining = (door: Door): door is keyof typeof JOINING => door in JOINING
export async function actOn(report_id: string, door: Door, body: Body): Promise<WholeReport> {
  if (!isJoining(door)) return post<WholeReport>(ACTS[door], body, { path: { report_id } })
  const { matter, ...told } = body
  await post(JOINING[door], told, { path: { matter_id: String(matter) } })
  return getReport(report_id)
}
export const reveal = (report_id: string, reason: string) =>
  post<Caller>('/api/grid/reports/{report_id}/reveal', { reason }, { path: { report_id } })

export const listVisits = (query: Query) => get<Page<Visit>>('/api/grid/visits', { query })
export const getVisit = (visit_id: string) =>
  get<Out<'VisitWholeOut'>>('/api/grid/visits/{visit_id}', { path: { visit_id } })
export const revealVisit = (visit_id: string, reason: string) =>
  post<VisitTold>('/api/grid/visits/{visit_id}/reveal', { reason }, { path: { visit_id } })
export const visitFileUrl = (visit: string, file: string): string =>
  '/api/grid/visits/{visit_id}/files/{visit_file_id}'
    .replace('{visit_id}', visit)
    .replace('{visit_file_id}', file)

/** A piece of land of a home, as a place is told. */
export interface Plot {
  id: string
  name: string
  size_mu: number | string
}
export const plotsOf = async (household_id: string): Promise<Plot[]> =>
  (await get<Out<'HouseholdOut'>>('/api/people/households/{household_id}', { path: { household_id } })).plots
/** Homes by whatever somebody remembers of them; the register of people owns the search. */
export const findHomes = async (q: string) => (await search(q)).filter((one) => one.household)
export const findPeople = async (q: string) => (await search(q)).filter((one) => one.id)
const search = async (q: string) =>
  (await post<{ items: Found[] }>('/api/people/search', { q, limit: 8 })).items

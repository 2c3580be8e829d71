/** Tables in and out on the wire; the workbooks themselves go through uploads and files. */
import { get, opId, patch, post, type Out, type Page } from '@shared/api/client'

export type Kinds = Out<'TableKindsOut'>
export type TableKind = Out<'TableKindOut'>
export type TableColumn = Out<'TableColumnOut'>
export type Import = Out<'ImportOut'>
export type ImportWhole = Out<'ImportWholeOut'>
export type SeenSheet = Out<'SheetOut'>
export type Faults = Out<'FaultsOut'>
export type Fault = Faults['items'][number]
export type Export = Out<'ExportOut'>
export type Form = Out<'FormOut'>
export type FormWhole = Out<'FormWholeOut'>
export type Filled = Out<'FilledOut'>
/** What belongs into a form. */
export type Shape = Pick<Form, 'title' | 'cells' | 'lists'>
export type Reading = Omit<Out<'MappingIn'>, 'op_id'>

type Paging = Record<string, string | number | undefined>
export type Step = 'run' | 'cancel' | 'undo'

/** Where a kept file is taken from. */
export const fileUrl = (id: string): string => '/api/files/{file_id}'.replace('{file_id}', id)

/** Where a filled form is taken from. */
export const filledUrl = (id: string): string =>
  '/api/exchange/filled/{filled_id}/file'.replace('{filled_id}', id)

export const listKinds = () => get<Kinds>('/api/exchange/kinds')

export const listImports = (query: Paging) => get<Page<Import>>('/api/exchange/imports', { query })
export const getImport = (import_id: string) =>
  get<ImportWhole>('/api/exchange/imports/{import_id}', { path: { import_id } })
export const listFaults = (import_id: string) =>
  get<Faults>('/api/exchange/imports/{import_id}/faults', { path: { import_id } })
export const startImport = (body: { kind: string; area: string; file: string; op_id: string }) =>
  post<Import>('/api/exchange/imports', body)
export const checkImport = (import_id: string, reading: Reading) =>
  post<Import>(
    '/api/exchange/imports/{import_id}/check',
    { ...reading, op_id: opId() },
    { path: { import_id } },
  )
export const runImport = (import_id: string) =>
  post<Import>('/api/exchange/imports/{import_id}/run', { op_id: opId() }, { path: { import_id } })
export const cancelImport = (import_id: string) =>
  post<Import>('/api/exchange/imports/{import_id}/cancel', { op_id: opId() }, { path: { import_id } })
export const undoImport = (import_id: string) =>
  post<Import>('/api/exchange/imports/{import_id}/undo', { op_id: opId() }, { path: { import_id } })

export const listExports = (query: Paging) => get<Page<Export>>('/api/exchange/exports', { query })
export const askExport = (body: Out<'ExportIn'>) => post<Export>('/api/exchange/exports', body)

export const listForms = (query: Paging) => get<Page<Form>>('/api/exchange/forms', { query })
export const getForm = (form_id: string) =>
  get<FormWhole>('/api/exchange/forms/{form_id}', { path: { form_id } })
export const addForm = (title: string, file: string, op_id: string) =>
  post<Form>('/api/exchange/forms', { title, file, op_id })
export const changeForm = (form_id: string, shape: Shape) =>
  patch<Form>('/api/exchange/forms/{form_id}', { ...shape, op_id: opId() }, { path: { form_id } })
export const retireForm = (form_id: string) =>
  post('/api/exchange/forms/{form_id}/retire', { op_id: opId() }, { path: { form_id } })
export const fillForm = (form_id: string, area: string) =>
  post<Filled>('/api/exchange/forms/{form_id}/fill', { area, op_id: opId() }, { path: { form_id } })
export const listFilled = (query: Paging) => get<Page<Filled>>('/api/exchange/filled', { query })

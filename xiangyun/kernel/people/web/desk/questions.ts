/** What the forms of the register ask: one question a fact, in the order a clerk asks. */
export type Answer = string | boolean | string[] | null

export interface Question {
  /** The fact by its name on the wire. */
  name: string
  kind:
    'text' | 'number' | 'date' | 'code' | 'codes' | 'lines' | 'yes' | 'choose' | 'person' | 'home' | 'paper'
  /** The code list it takes its value from. */
  list?: string
  options?: { value: string; label: string }[]
  /** The place a paper is sent to. */
  area?: string
  needed?: boolean
  /** Not kept as typed: it stays on this page alone. */
  isSealed?: boolean
  /** Words under the field. */
  hint?: string
  /** Key of the label where it is not the fact's own name. */
  label?: string
}

export const HOME_QUESTIONS: Question[] = [
  { name: 'number', kind: 'text' },
  { name: 'kind', kind: 'code', list: 'household_kind' },
  { name: 'address', kind: 'text' },
  { name: 'house_size_m2', kind: 'number' },
  { name: 'safety_grade', kind: 'code', list: 'safety_grade' },
  { name: 'water', kind: 'code', list: 'water' },
  { name: 'toilet', kind: 'code', list: 'toilet' },
  { name: 'heating', kind: 'code', list: 'heating' },
  { name: 'has_broadband', kind: 'yes' },
  { name: 'machines', kind: 'lines' },
]

export const IDENTITY: Question[] = [
  { name: 'name', kind: 'text', needed: true },
  { name: 'document', kind: 'code', list: 'document' },
  { name: 'id_no', kind: 'text', isSealed: true, hint: 'people.desk.id_decides' },
  { name: 'sex', kind: 'code', list: 'sex' },
  { name: 'born_on', kind: 'date' },
  { name: 'ethnicity', kind: 'code', list: 'ethnicity' },
  { name: 'phone', kind: 'text', isSealed: true },
]

export const PERSON_QUESTIONS: Question[] = [
  ...IDENTITY,
  { name: 'bank_card', kind: 'text', isSealed: true },
  { name: 'education', kind: 'code', list: 'education' },
  { name: 'marriage', kind: 'code', list: 'marriage' },
  { name: 'political', kind: 'code', list: 'political' },
  { name: 'occupation', kind: 'text' },
  { name: 'hukou', kind: 'code', list: 'hukou' },
  { name: 'away_since', kind: 'date' },
  { name: 'away_to', kind: 'text' },
  { name: 'insurance', kind: 'codes', list: 'insurance' },
  { name: 'is_protected', kind: 'yes', hint: 'people.desk.protected_hint' },
]

/** Told only whole, never shown: what is left empty is not touched. */
export const HEALTH_QUESTIONS: Question[] = [
  {
    name: 'disability',
    kind: 'code',
    list: 'disability_class',
    isSealed: true,
    hint: 'people.desk.health_hint',
  },
  { name: 'grade', kind: 'code', list: 'disability_grade', isSealed: true },
  { name: 'chronic', kind: 'lines', isSealed: true },
]

export const PLOT_QUESTIONS: Question[] = [
  { name: 'name', kind: 'text', label: 'people.desk.plot_name' },
  { name: 'code', kind: 'text', label: 'people.desk.plot_code' },
  { name: 'kind', kind: 'code', list: 'land_kind', label: 'people.desk.plot_kind' },
  { name: 'size_mu', kind: 'number', needed: true },
  { name: 'is_irrigated', kind: 'yes' },
  { name: 'crop', kind: 'text' },
  { name: 'contract_from', kind: 'date' },
  { name: 'contract_until', kind: 'date' },
  { name: 'transferred_to', kind: 'text' },
  { name: 'transfer_until', kind: 'date' },
]

export const AMOUNTS = ['wage', 'business', 'property', 'transfer', 'cost'] as const
export const INCOME_QUESTIONS: Question[] = [
  { name: 'year', kind: 'number', needed: true },
  ...AMOUNTS.map((name): Question => ({ name, kind: 'number', isSealed: true, hint: 'people.desk.in_yuan' })),
]

/** A row's fact as a field holds it. */
export function answerOf(question: Question, value: unknown): Answer {
  if (question.kind === 'codes' || question.kind === 'lines')
    return Array.isArray(value) ? value.map(String) : []
  if (value === null || value === undefined) return ''
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value)
}

/** A field's answer as the wire takes it: null empties a fact. */
export function wireOf(question: Question, answer: Answer): unknown {
  if (Array.isArray(answer)) return answer.map((one) => one.trim()).filter(Boolean)
  if (question.kind === 'yes') return answer === 'yes' ? true : answer === 'no' ? false : null
  const text = String(answer ?? '').trim()
  if (question.kind === 'number') return text === '' ? null : Number(text)
  if (question.kind === 'date') return text || null
  return text
}

export const isSame = (a: Answer | undefined, b: Answer | undefined): boolean =>
  JSON.stringify(a ?? '') === JSON.stringify(b ?? '')

/** The facts whose answer is another than it was, as the wire takes them. */
export function changed(
  questions: readonly Question[],
  before: Readonly<Record<string, Answer>>,
  now: Readonly<Record<string, Answer>>,
): Record<string, unknown> {
  return Object.fromEntries(
    questions
      .filter(({ name }) => !isSame(before[name], now[name]))
      .map((question) => [question.name, wireOf(question, now[question.name] ?? '')]),
  )
}

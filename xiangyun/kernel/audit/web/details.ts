/** What an audit entry keeps beside who, what and where, in words; the letters themselves stay in the export. */

export interface Saying {
  /** The words of a key, or nothing where there are none. */
  known: (key: string) => string | undefined
  digits: (value: number) => string
  absolute: (at: string) => string
  place: (path: string) => string
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-/
const AREA = /^\d\d(\.[0-9a-z]+)+$/
const MOMENT = /^\d{4}-\d\d-\d\dT/
/** Their words say enough without a name. */
const BARE = ['kind', 'profile', 'role', 'rule', 'number', 'stage', 'level', 'amount', 'unit']
/** Nothing to tell when there was none of it. */
const COUNTS = ['failures_before', 'sessions', 'phones', 'slips', 'kept']

function text(key: string, value: unknown, say: Saying): string {
  if (Array.isArray(value))
    return value
      .map((one) => text(key, one, say))
      .filter(Boolean)
      .join(say.known('audit.desk.comma'))
  if (typeof value === 'number')
    return say.known(`audit.desk.detail_value.${key}_${value}`) ?? say.digits(value)
  const word = typeof value === 'object' ? JSON.stringify(value) : String(value)
  if (ID.test(word)) return ''
  if (MOMENT.test(word)) return say.absolute(word)
  if (AREA.test(word)) return say.place(word)
  return (
    say.known(`audit.desk.detail_value.${key}_${word.replaceAll('.', '_')}`) ??
    (key === 'role' ? say.known(`shared.role.${word}`) : undefined) ??
    (FACTS.includes(key) ? say.known(`people.fact.${word}`) : undefined) ??
    word
  )
}

/** Which facts of a person or a home were touched; their values are nowhere in the audit. */
const CHANGED = 'changed_fields'
const FACTS = [CHANGED, 'columns', 'fact', 'field']

/** `name value` for each detail a person can read; a true word stands alone, a false one is not told. */
export function detailsSaid(detail: Record<string, unknown>, say: Saying): string[] {
  return Object.entries(detail).flatMap(([told, value]) => {
    const key = told === 'fields' && Array.isArray(value) ? CHANGED : told
    if (value === null || value === '' || (value === 0 && COUNTS.includes(key))) return []
    if (key === 'source' && Array.isArray(value)) return []
    const name = say.known(`audit.desk.detail_name.${key}`) ?? key
    if (typeof value === 'boolean') {
      const said = say.known(`audit.desk.detail_value.${key}_${String(value)}`)
      return said ? [said] : value ? [name] : []
    }
    const words = text(key, value, say)
    if (!words) return []
    return [BARE.includes(key) ? words : `${name} ${words}`]
  })
}

/** The letters as they were written. */
export function detailsKept(detail: Record<string, unknown>): string {
  return Object.entries(detail)
    .map(([key, value]) => `${key} ${typeof value === 'object' ? JSON.stringify(value) : String(value)}`)
    .join(' · ')
}

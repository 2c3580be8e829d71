/** What a rule saw, in words: in the order one reads it, each number with its unit; ids are for machines. */

/** How the page says things. */
export interface Saying {
  t: (key: string, named: Record<string, unknown>, plural?: number) => string
  /** The words of a key, or nothing where there are none. */
  known: (key: string) => string | undefined
  digits: (value: number) => string
  absolute: (at: string) => string
  span: (ms: number) => string
  place: (path: string) => string
  /** The metric the rule looked at. */
  metric?: { title: string; unit: string }
}
export interface Said {
  key: string
  name: string
  value: string
}

const ID = /^[0-9a-f]{8}-[0-9a-f]{4}-/
const AREA = /^\d\d(\.[0-9a-z]+)+$/
const MOMENT = /^\d{4}-\d\d-\d\dT/
const ORDER = [
  'cause',
  'station',
  'town',
  'villages',
  'crop',
  'stage',
  'metric',
  'value',
  'sum',
  'limit',
  'at_least',
  'held_s',
  'hours',
  'days',
  'first_day',
  'last_day',
  'amounts',
  'source',
  'starts_at',
  'ends_at',
  'rain_mm',
  'wind_ms',
  'wind_force',
  'checked_by',
  'valid_until',
]
/** Numbers of the metric itself. */
const MEASURED = ['value', 'limit', 'sum', 'at_least', 'amounts']
const UNITS: Record<string, string> = { rain_mm: 'mm', wind_ms: 'm/s' }
/** The same moments again, as a sentence spells them. */
const SPELT: Record<string, string> = { from: 'starts_at', to: 'ends_at' }

function number(key: string, value: number, say: Saying): string {
  if (key === 'held_s') return say.span(value * 1000)
  if (key === 'hours' || key === 'days' || key === 'wind_force')
    return say.t(`alerts.unit.${key}`, { n: value }, value)
  const unit = MEASURED.includes(key) ? say.metric?.unit : UNITS[key]
  return unit ? `${say.digits(value)} ${unit}` : say.digits(value)
}

function text(key: string, value: unknown, say: Saying): string {
  if (typeof value === 'number') return number(key, value, say)
  if (Array.isArray(value)) {
    const all = value.map((one) => text(key, one, say))
    return all.length > 6
      ? say.t('alerts.desk.many', { n: all.length, first: all[0] })
      : all.join(say.t('alerts.desk.comma', {}))
  }
  if (value !== null && typeof value === 'object')
    return Object.entries(value)
      .map(([name, one]) => `${name} ${text(key, one, say)}`)
      .join(say.t('alerts.desk.comma', {}))
  const word = String(value)
  if (key === 'metric') return say.metric?.title ?? word
  if (AREA.test(word)) return say.place(word)
  if (MOMENT.test(word)) return say.absolute(word)
  return say.known(`alerts.said.${word}`) ?? word
}

const rank = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length)

export function inputsSaid(inputs: Record<string, unknown>, say: Saying): Said[] {
  return Object.entries(inputs)
    .filter(([key, value]) => {
      if (value === null || value === '' || (typeof value === 'string' && ID.test(value))) return false
      return !(SPELT[key] && inputs[SPELT[key]])
    })
    .sort(([a], [b]) => rank(a) - rank(b))
    .map(([key, value]) => ({
      key,
      name: say.known(`alerts.input.${key}`) ?? key,
      value: text(key, value, say),
    }))
}

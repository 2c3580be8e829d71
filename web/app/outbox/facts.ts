/** The names of facts and their values, as the pack tells them and as a person types them. */
import type { Pack } from '@shared/offline/pack'

interface PackForm {
  code: string
  facts: Record<string, string>
}

/** The name of a fact in the reader's language; its own code where there is no pack. */
export function labelOf(pack: Pack | null, form: string, fact: string): string {
  const forms = (pack?.forms ?? []) as PackForm[]
  return forms.find(({ code }) => code === form)?.facts[fact] ?? fact
}

export function shown(value: unknown): string {
  return written(value) || '—'
}

/** A value as it stands in a field. */
export function written(value: unknown): string {
  if (value === null || value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** What a field holds as the kind of value that stood there; what cannot be read so stays words, for the town to refuse. */
export function read(words: string, before: unknown): unknown {
  const plain = words.trim()
  if (typeof before === 'object' && before !== null) return before
  if (typeof before === 'boolean') return plain === 'true'
  if (plain === '') return null
  if (typeof before !== 'number') return plain
  const number = Number(plain.replaceAll('，', '').replaceAll(',', ''))
  return Number.isFinite(number) ? number : plain
}

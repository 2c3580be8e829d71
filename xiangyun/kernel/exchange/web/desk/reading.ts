/** How the columns of a sheet are read: which header, what each column means, and what is still missing. */
import type { ImportWhole, Reading, SeenSheet, TableColumn } from '../api'

/** One column of the sheet beside the choice a clerk makes for it. */
export interface SeenColumn {
  index: number
  letter: string
  title: string
  samples: string[]
  /** The meaning was guessed from a title that only resembles it. */
  isUnsure: boolean
}

const SURE = 0.95
const SAMPLES = 3

/** 0 → A, 26 → AA, as spreadsheets count. */
export function letters(index: number): string {
  const last = String.fromCharCode(65 + (index % 26))
  return index < 26 ? last : letters(Math.floor(index / 26) - 1) + last
}

export const told = (cell: unknown): string =>
  cell === null || cell === undefined ? '' : String(cell).trim()

/** The reading an import has now, or the one the first sheet suggests. */
export function readingOf(one: ImportWhole): Reading {
  const sheet = one.sheets.find(({ index }) => index === one.sheet) ?? one.sheets[0]
  if (!sheet) return { sheet: 0, first_row: 1, last_row: 1, mapping: {} }
  if (one.sheet === null || one.first_row === null || one.last_row === null) return guessed(sheet)
  return {
    sheet: sheet.index,
    first_row: one.first_row,
    last_row: one.last_row,
    mapping: { ...one.mapping },
  }
}

/** What a sheet suggests by itself. */
export function guessed({ index, header }: SeenSheet): Reading {
  const known = (header?.columns ?? []).flatMap((one) =>
    one.column ? [[one.index, one.column] as const] : [],
  )
  return {
    sheet: index,
    first_row: header?.first_row ?? 1,
    last_row: header?.last_row ?? 1,
    mapping: Object.fromEntries(known),
  }
}

/** The columns of a sheet under a header, each with what stands in its first rows. */
export function columnsOf(sheet: SeenSheet, { first_row, last_row, mapping }: Reading): SeenColumn[] {
  const { header, lines } = sheet
  const isGuess = header?.first_row === first_row && header.last_row === last_row
  const guesses = new Map(isGuess ? header.columns.map((one) => [one.index, one]) : [])
  const width = Math.max(guesses.size, ...lines.map((line) => line.length))
  const below = lines.slice(last_row)
  const columns = Array.from({ length: width }, (_, index) => ({
    index,
    letter: letters(index),
    title: guesses.get(index)?.title ?? titleAt(lines, first_row, last_row, index),
    samples: below
      .map((line) => told(line[index]))
      .filter(Boolean)
      .slice(0, SAMPLES),
    isUnsure: isUnsure(guesses.get(index), mapping[index]) && !header?.is_remembered,
  }))
  return columns.filter(({ index, title, samples }) => title || samples.length || mapping[index])
}

function titleAt(lines: SeenSheet['lines'], first: number, last: number, index: number): string {
  return lines
    .slice(first - 1, last)
    .map((line) => told(line[index]))
    .filter(Boolean)
    .join(' ')
}

function isUnsure(
  guess: { column: string | null; score: number } | undefined,
  chosen: string | undefined,
): boolean {
  return Boolean(guess?.column && guess.column === chosen && guess.score < SURE)
}

/** Meanings that more than one column was given. */
export function doubled({ mapping }: Reading): Set<string> {
  const given = Object.values(mapping)
  return new Set(given.filter((code, at) => given.indexOf(code) !== at))
}

/** Columns that must come in and have none in the sheet. */
export function missing(columns: readonly TableColumn[], { mapping }: Reading): TableColumn[] {
  const given = new Set(Object.values(mapping))
  return columns.filter(({ code, is_required }) => is_required && !given.has(code))
}

/** Whether two readings would bring in the same. */
export function isSame(a: Reading, b: Reading): boolean {
  const plain = ({ sheet, first_row, last_row, mapping }: Reading) =>
    JSON.stringify([sheet, first_row, last_row, Object.entries(mapping).sort()])
  return plain(a) === plain(b)
}

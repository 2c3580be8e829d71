/** An empty form as a grid of cells that can be clicked, and what belongs into each. */
import type { FormWhole, Shape } from '../api'
import { letters, told } from './reading'

export interface GridCell {
  /** As spreadsheets say it: B3. */
  name: string
  letter: string
  row: number
  text: string
  across: number
  down: number
}
export type FormList = Shape['lists'][number]
const MOST_BELOW = 20

/**
 * The rows of a sheet; what a merged cell covers is left out. Below what is written stand the lines of lists, or one
 * empty line where a list can begin.
 */
export function drawn(
  { lines, merged }: Pick<FormWhole, 'lines' | 'merged'>,
  lists: readonly FormList[] = [],
): GridCell[][] {
  const width = Math.max(0, ...lines.map((line) => line.length))
  const lowest = Math.max(lines.length + 1, ...lists.map(({ last_row }) => last_row))
  const height = lines.length && Math.min(lowest, lines.length + MOST_BELOW)
  return Array.from({ length: height }, (_, at) =>
    Array.from({ length: width }, (_, index) => cellAt(lines[at]?.[index], at + 1, index + 1, merged)).filter(
      (cell) => cell !== null,
    ),
  )
}

function cellAt(value: unknown, row: number, column: number, merged: FormWhole['merged']): GridCell | null {
  const over = merged.find(
    ([top, left, bottom, right]) => row >= top && row <= bottom && column >= left && column <= right,
  )
  if (over && (over[0] !== row || over[1] !== column)) return null
  const letter = letters(column - 1)
  return {
    name: `${letter}${row}`,
    letter,
    row,
    text: told(value),
    across: over ? over[3] - over[1] + 1 : 1,
    down: over ? over[2] - over[0] + 1 : 1,
  }
}

/** The list whose lines a row belongs to. */
export const listAt = (lists: readonly FormList[], row: number): FormList | undefined =>
  lists.find(({ first_row, last_row }) => row >= first_row && row <= last_row)

/** The code of the fact that belongs into a cell; empty where nothing does. */
export function factAt({ cells, lists }: Shape, { name, letter, row }: GridCell): string {
  const list = listAt(lists, row)
  return (list ? list.columns[letter] : cells.find(({ cell }) => cell === name)?.fact) ?? ''
}

/** The same form with another fact in one cell, or in one column of a list; empty: nothing. */
export function withFact(shape: Shape, cell: GridCell, fact: string): Shape {
  const list = listAt(shape.lists, cell.row)
  if (!list) {
    const rest = shape.cells.filter(({ cell: name }) => name !== cell.name)
    return { ...shape, cells: fact ? [...rest, { cell: cell.name, fact }] : rest }
  }
  const columns = Object.fromEntries(
    Object.entries({ ...list.columns, [cell.letter]: fact }).filter(([, code]) => code),
  ) as FormList['columns']
  return withList(shape, list, { ...list, columns })
}

/** The same form with a list put in the place of another, added (`old` null) or taken away (`next` null). */
export function withList(shape: Shape, old: FormList | null, next: FormList | null): Shape {
  const lists = shape.lists.flatMap((one) => (one === old ? (next ? [next] : []) : [one]))
  if (!old && next) lists.push(next)
  // A cell inside a list is the list's.
  const cells = shape.cells.filter(({ cell }) => !listAt(lists, Number(cell.replace(/^[A-Z]+/, ''))))
  return { ...shape, cells, lists }
}

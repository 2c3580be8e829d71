/** The rows of a notice sheet by page: what fits under the head of an A4 page, a row whole on one page. */
import type { PublicReport } from '../api'

/** Lines of a page, and what a row takes of them: one, and one more for each line of its result. */
const LINES = 30
const LETTERS = 22

export const linesOf = ({ result }: Pick<PublicReport, 'result'>): number =>
  Math.max(2, Math.ceil((result?.length ?? 0) / LETTERS))

export function pagesOf<Row extends Pick<PublicReport, 'result'>>(rows: readonly Row[]): Row[][] {
  const pages: Row[][] = []
  let left = 0
  for (const row of rows) {
    const lines = linesOf(row)
    if (lines > left || pages.length === 0) {
      pages.push([])
      left = LINES
    }
    pages[pages.length - 1]?.push(row)
    left -= lines
  }
  return pages
}

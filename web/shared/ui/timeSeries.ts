/** Readings over time as numbers: where each panel stands, where a line breaks, which rows a table has. No drawing. */

export interface Point {
  ts: string
  value: number | null
  quality?: 'ok' | 'suspect' | 'bad'
}
export interface Series {
  name?: string
  points: Point[]
}
export interface Gap {
  from: string
  to: string
}
/** One unit, one plot; at most three series are drawn. */
export interface Panel {
  title: string
  unit: string
  kind?: 'line' | 'bar'
  series: Series[]
  gaps?: Gap[]
  thresholds?: { value: number; label: string }[]
  /** Height of the plot in pixels. */
  height?: number
}
export type Dot = [at: number, value: number | null]

/** Room above a plot for its name, between plots, and below the last for the hours; in pixels. */
const HEAD = 30
const GAP = 18
const FOOT = 28
const DAY = 86_400_000
const MOST_ROWS = 2_000

export const moment = (ts: string): number => +new Date(ts)

/** Where each plot stands, one above the other, and how tall all of them are. */
export function stacked(panels: readonly Panel[]): {
  plots: { top: number; height: number }[]
  height: number
} {
  let top = HEAD
  const plots = panels.map((panel) => {
    const plot = { top, height: panel.height ?? (panel.kind === 'bar' ? 72 : 150) }
    top += plot.height + HEAD + GAP
    return plot
  })
  return { plots, height: top - HEAD - GAP + FOOT }
}

/** The usable points in time, with nothing in the middle of each gap, so that the line breaks there. */
export function broken(points: readonly Point[], gaps: readonly Gap[] = []): Dot[] {
  const dots = points
    .filter(({ quality }) => quality !== 'bad')
    .map(({ ts, value }): Dot => [moment(ts), value])
  const breaks = gaps.map(({ from, to }): Dot => [(moment(from) + moment(to)) / 2, null])
  return [...dots, ...breaks].sort(([a], [b]) => a - b)
}

/** The moments of the points one should not rely on. */
export function suspects(points: readonly Point[]): Set<number> {
  return new Set(points.filter(({ quality }) => quality === 'suspect').map(({ ts }) => moment(ts)))
}

/** Whether hours say where one is, or days are needed. */
export const isShort = (from: string, to: string): boolean => moment(to) - moment(from) <= 2 * DAY

/** Whether a gap is wide enough in this window for words. */
export function hasRoom(gap: Gap, from: string, to: string): boolean {
  return moment(gap.to) - moment(gap.from) > (moment(to) - moment(from)) / 9
}

/** All points as rows, the latest first; a cell is empty where a series has nothing at that moment. */
export function rowsOf(panels: readonly Panel[]): {
  heads: string[]
  rows: [ts: string, (Point | undefined)[]][]
} {
  const all = panels.flatMap((panel) => panel.series.map((one) => ({ panel, one })))
  const rows = new Map<string, (Point | undefined)[]>()
  all.forEach(({ one }, column) => {
    for (const point of one.points) {
      const row = rows.get(point.ts) ?? Array<Point | undefined>(all.length).fill(undefined)
      row[column] = point
      rows.set(point.ts, row)
    }
  })
  return {
    heads: all.map(({ panel, one }) => `${one.name ?? panel.title} ${panel.unit}`),
    rows: [...rows].sort(([a], [b]) => moment(b) - moment(a)).slice(0, MOST_ROWS),
  }
}

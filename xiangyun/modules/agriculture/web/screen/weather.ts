/** What the wall says of the weather, from readings alone: sums, comparisons, directions. No reading, no number. */
export interface Point {
  ts: string
  value: number | null
  quality?: 'ok' | 'suspect' | 'bad'
}
export interface Gap {
  from: string
  to: string
}

export const HOUR = 3_600_000

const usable = ({ value, quality }: Point): boolean => value !== null && (quality ?? 'ok') === 'ok'

/** Sum of what came in the last hours before `now`; null when nothing came. */
export function fallen(points: readonly Point[], now: number, hours: number): number | null {
  const found = points.filter(
    (one) => usable(one) && +new Date(one.ts) > now - hours * HOUR && +new Date(one.ts) <= now,
  )
  return found.length ? found.reduce((sum, { value }) => sum + (value ?? 0), 0) : null
}

/** The reading nearest to a day before `at`, at most `within` away. */
export function dayBefore(points: readonly Point[], at: number, within = 45 * 60_000): number | null {
  const wanted = at - 24 * HOUR
  const [nearest] = points
    .filter(usable)
    .sort((a, b) => Math.abs(+new Date(a.ts) - wanted) - Math.abs(+new Date(b.ts) - wanted))
  return nearest && Math.abs(+new Date(nearest.ts) - wanted) <= within ? nearest.value : null
}

/** Which of the eight winds blows from this bearing. */
export function compass(degrees: number): 'n' | 'ne' | 'e' | 'se' | 's' | 'sw' | 'w' | 'nw' {
  const names = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const
  return names[Math.round((((degrees % 360) + 360) % 360) / 45) % 8] ?? 'n'
}

/** A round top for an axis that begins at 0, and its steps. */
export function axisOf(top: number, least: number): { top: number; ticks: number[] } {
  const wanted = Math.max(top, least)
  const step =
    [1, 2, 2.5, 5, 10, 20, 25, 50, 100].find((one) => one * 2 >= wanted) ?? Math.ceil(wanted / 200) * 100
  return { top: step * 2, ticks: [0, step, step * 2] }
}

/** Temperatures need no zero: an even band around what was measured, of at most five lines. */
export function bandOf(values: readonly number[]): { low: number; high: number; ticks: number[] } {
  if (!values.length) return { low: 0, high: 10, ticks: [] }
  const least = Math.min(...values)
  const most = Math.max(...values)
  const bounds = (step: number): [number, number] => {
    const low = Math.floor(least / step) * step
    return [low, Math.max(low + step, Math.ceil(most / step) * step)]
  }
  const step = [2, 5, 10, 20].find((one) => (bounds(one)[1] - bounds(one)[0]) / one <= 4) ?? 50
  const [low, high] = bounds(step)
  return { low, high, ticks: Array.from({ length: (high - low) / step + 1 }, (_, i) => low + i * step) }
}

/** The line broken wherever nothing came for longer than `most`. */
export function runs(points: readonly Point[], gaps: readonly Gap[], most: number): Point[][] {
  const found: Point[][] = []
  let last: number | null = null
  for (const point of points.filter(usable)) {
    const at = +new Date(point.ts)
    const broken =
      last === null ||
      at - last > most ||
      gaps.some(
        ({ from, to }) =>
          +new Date(from) >= (last ?? 0) && +new Date(to) <= at && +new Date(to) - +new Date(from) > most / 2,
      )
    if (broken) found.push([])
    found.at(-1)?.push(point)
    last = at
  }
  return found
}

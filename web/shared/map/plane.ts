/** Plane geometry of the map: polygons in map units, y downwards. */
export type XY = readonly [number, number]
export interface Box {
  x0: number
  y0: number
  x1: number
  y1: number
}

/** One seed, the same drawing every time. */
export function dice(seed: string): () => number {
  let s = 2166136261
  for (const c of seed) s = Math.imul(s ^ (c.codePointAt(0) ?? 0), 16777619)
  return () => {
    s = (s + 0x6d2b79f5) | 0
    let t = Math.imul(s ^ (s >>> 15), 1 | s)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}

export function centre(polygon: readonly XY[]): XY {
  const n = polygon.length || 1
  return [polygon.reduce((sum, [x]) => sum + x, 0) / n, polygon.reduce((sum, [, y]) => sum + y, 0) / n]
}

export function surface(polygon: readonly XY[]): number {
  let twice = 0
  polygon.forEach(([x, y], i) => {
    const [nx, ny] = polygon[(i + 1) % polygon.length] as XY
    twice += x * ny - nx * y
  })
  return Math.abs(twice) / 2
}

/** A convex polygon in two, along the line through `at` with this normal: what lies behind it, what before. */
export function cut(polygon: readonly XY[], at: XY, normal: XY): [XY[], XY[]] {
  const behind: XY[] = []
  const before: XY[] = []
  const side = ([x, y]: XY) => (x - at[0]) * normal[0] + (y - at[1]) * normal[1]
  polygon.forEach((a, i) => {
    const b = polygon[(i + 1) % polygon.length] as XY
    const da = side(a)
    const db = side(b)
    ;(da <= 0 ? behind : before).push(a)
    if (da * db < 0) {
      const t = da / (da - db)
      const q: XY = [a[0] + t * (b[0] - a[0]), a[1] + t * (b[1] - a[1])]
      behind.push(q)
      before.push(q)
    }
  })
  return [behind, before]
}

/** A convex polygon with every edge moved inwards by `d`; empty where nothing is left. */
export function inset(polygon: readonly XY[], d: number): XY[] {
  const c = centre(polygon)
  let rest: XY[] = [...polygon]
  polygon.forEach((a, i) => {
    const b = polygon[(i + 1) % polygon.length] as XY
    const length = Math.hypot(b[0] - a[0], b[1] - a[1])
    if (length < 0.1 || rest.length < 3) return
    let n: XY = [(b[1] - a[1]) / length, -(b[0] - a[0]) / length]
    if ((c[0] - a[0]) * n[0] + (c[1] - a[1]) * n[1] > 0) n = [-n[0], -n[1]]
    rest = cut(rest, [a[0] - n[0] * d, a[1] - n[1] * d], n)[0]
  })
  return rest.length < 3 ? [] : rest
}

/** Direction of the longest edge, as a unit vector. */
export function axis(polygon: readonly XY[]): XY {
  let best = 0
  let found: XY = [1, 0]
  polygon.forEach((a, i) => {
    const b = polygon[(i + 1) % polygon.length] as XY
    const length = Math.hypot(b[0] - a[0], b[1] - a[1])
    if (length > best) {
      best = length
      found = [(b[0] - a[0]) / length, (b[1] - a[1]) / length]
    }
  })
  return found
}

/** A field as the narrow strips it is worked in, along its longest edge; each with a tone 0–2. */
export function strips(
  field: readonly XY[],
  roll: () => number,
  width = 13,
): { shape: XY[]; tone: 0 | 1 | 2 }[] {
  const along = axis(field)
  const normal: XY = [-along[1], along[0]]
  const depths = field.map(([x, y]) => x * normal[0] + y * normal[1])
  const end = Math.max(...depths)
  const ground = roll()
  const found: { shape: XY[]; tone: 0 | 1 | 2 }[] = []
  const step = width * (0.7 + 0.6 * roll())
  let rest: XY[] = [...field]
  let depth = Math.min(...depths)
  while (rest.length > 2) {
    depth += step * (0.8 + 0.45 * roll())
    let piece = rest
    if (depth > end - step * 0.55) rest = []
    else [piece, rest] = cut(rest, [normal[0] * depth, normal[1] * depth], normal)
    const shape = inset(piece, 0.45)
    const tone = Math.min(2, Math.floor((ground * 0.6 + roll() * 0.4) * 3)) as 0 | 1 | 2
    if (shape.length > 2 && surface(shape) > 6) found.push({ shape, tone })
  }
  return found
}

export function contains(polygon: readonly XY[], [x, y]: XY): boolean {
  let inside = false
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i++) {
    const [xi, yi] = polygon[i] as XY
    const [xj, yj] = polygon[j] as XY
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside
  }
  return inside
}

export function lengthOf(line: readonly XY[]): number {
  return line
    .slice(1)
    .reduce((sum, [x, y], i) => sum + Math.hypot(x - (line[i] as XY)[0], y - (line[i] as XY)[1]), 0)
}

/** The point this far along a line, and the direction of the line there. */
export function along(line: readonly XY[], distance: number): { at: XY; towards: XY } {
  let rest = Math.max(0, distance)
  for (let i = 1; i < line.length; i++) {
    const a = line[i - 1] as XY
    const b = line[i] as XY
    const length = Math.hypot(b[0] - a[0], b[1] - a[1])
    if (length === 0) continue
    const towards: XY = [(b[0] - a[0]) / length, (b[1] - a[1]) / length]
    if (rest <= length || i === line.length - 1) {
      const t = Math.min(rest, length)
      return { at: [a[0] + towards[0] * t, a[1] + towards[1] * t], towards }
    }
    rest -= length
  }
  return { at: line[0] ?? [0, 0], towards: [1, 0] }
}

/** The line drawn on beyond both of its ends. */
export function drawnOn(line: readonly XY[], by: number): XY[] {
  if (line.length < 2) return [...line]
  const start = along(line, 0)
  const end = along(line, Number.POSITIVE_INFINITY)
  const last = line.at(-1) as XY
  const first = line[0] as XY
  return [
    [first[0] - start.towards[0] * by, first[1] - start.towards[1] * by],
    ...line,
    [last[0] + end.towards[0] * by, last[1] + end.towards[1] * by],
  ]
}

const f1 = (n: number) => Math.round(n * 10) / 10

/** `d` of an open line or, closed, of a polygon. */
export function path(points: readonly XY[], closed = false): string {
  if (points.length < 2) return ''
  return `M${points.map(([x, y]) => `${f1(x)} ${f1(y)}`).join('L')}${closed ? 'Z' : ''}`
}

export const overlap = (a: Box, b: Box): number =>
  Math.max(0, Math.min(a.x1, b.x1) - Math.max(a.x0, b.x0)) *
  Math.max(0, Math.min(a.y1, b.y1) - Math.max(a.y0, b.y0))

export const around = ([x, y]: XY, r: number): Box => ({ x0: x - r, y0: y - r, x1: x + r, y1: y + r })

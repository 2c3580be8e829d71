/** A signature as it is written: strokes in shares of the pad, so that a turned phone draws the same ones again. */

export interface Point {
  x: number
  y: number
}
export type Stroke = Point[]

/** Shorter than this altogether (in shares of the pad's width) nobody has signed: a touch by mistake. */
const LEAST = 0.1
/** Points nearer than this to the last one say nothing: a glove trembles. */
const NEAR = 0.002

/** The stroke with one more point, or itself where that is too near. */
export function drawnOn(stroke: Stroke, point: Point): Stroke {
  const last = stroke.at(-1)
  return last && Math.hypot(point.x - last.x, point.y - last.y) < NEAR ? stroke : [...stroke, point]
}

export function isSignature(strokes: readonly Stroke[]): boolean {
  const length = strokes.reduce(
    (sum, stroke) =>
      sum +
      stroke.reduce((part, { x, y }, n) => {
        const before = stroke[n - 1]
        return before ? part + Math.hypot(x - before.x, y - before.y) : part
      }, 0),
    0,
  )
  return length >= LEAST
}

/** Draw strokes on a canvas of this width: smooth through the middles between points; a lone point is a dot. */
export function draw(ink: CanvasRenderingContext2D, strokes: readonly Stroke[], width: number): void {
  ink.lineCap = ink.lineJoin = 'round'
  ink.lineWidth = Math.max(3, width / 120)
  for (const stroke of strokes) {
    const [first, ...rest] = stroke.map(({ x, y }) => ({ x: x * width, y: y * width }))
    if (!first) continue
    ink.beginPath()
    ink.moveTo(first.x, first.y)
    rest.forEach((point, n) => {
      const next = rest[n + 1]
      if (next) ink.quadraticCurveTo(point.x, point.y, (point.x + next.x) / 2, (point.y + next.y) / 2)
      else ink.lineTo(point.x, point.y)
    })
    if (!rest.length) ink.lineTo(first.x, first.y)
    ink.stroke()
  }
}

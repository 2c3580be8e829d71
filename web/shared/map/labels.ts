/** Where names go: nothing covers anything; what matters most chooses first; what finds no room stays away. */
import { overlap, type Box, type XY } from './plane'

export type Side =
  'right' | 'left' | 'above' | 'below' | 'above-left' | 'above-right' | 'below-left' | 'below-right'
export interface Line {
  text: string
  size: number
}
export interface Wish {
  id: string
  at: XY
  lines: readonly Line[]
  /** Free ground between the point and the letters, sideways and up. */
  gap: readonly [number, number]
  /** Tried in this order. */
  sides?: readonly Side[]
  /** Lower chooses first. */
  rank: number
  /** Is drawn even where it covers something. */
  must?: boolean
}
export interface Placed {
  x: number
  /** Base line of the first line. */
  y: number
  anchor: 'start' | 'middle' | 'end'
  box: Box
  /** How many of its lines found room. */
  lines: number
}

const WIDE =
  /[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{20000}-\u{3ffff}]/u
const SIDES: readonly Side[] = [
  'right',
  'left',
  'above',
  'below',
  'above-right',
  'above-left',
  'below-right',
  'below-left',
]
export const LEADING = 1.32

/** Width in map units: Chinese takes a square, the rest a bit more than half of one. */
export function widthOf(text: string, size: number): number {
  let ems = 0
  for (const c of text)
    ems += WIDE.test(c) ? 1 : /[ilj.,:;' ]/.test(c) ? 0.3 : /[mwMW%]/.test(c) ? 0.88 : 0.57
  return ems * size
}

function tallness(lines: readonly Line[]): number {
  return lines.reduce((sum, { size }) => sum + size * LEADING, 0)
}

/** The place of a label on one side of its point. */
export function placed({ at, lines, gap }: Wish, side: Side): Placed {
  const width = Math.max(...lines.map(({ text, size }) => widthOf(text, size)))
  const height = tallness(lines)
  const first = (lines[0]?.size ?? 0) * 0.88
  const [x, y] = at
  const [dx, dy] = gap
  const lead = (height - (lines[0]?.size ?? 0)) / 2
  // corners: half a label aside
  const middle = x + (side.endsWith('-left') ? -width / 2 : side.endsWith('-right') ? width / 2 : 0)
  const box =
    side === 'right'
      ? { x0: x + dx, y0: y - height / 2, x1: x + dx + width, y1: y + height / 2 }
      : side === 'left'
        ? { x0: x - dx - width, y0: y - height / 2, x1: x - dx, y1: y + height / 2 }
        : side.startsWith('above')
          ? { x0: middle - width / 2, y0: y - dy - height, x1: middle + width / 2, y1: y - dy }
          : { x0: middle - width / 2, y0: y + dy, x1: middle + width / 2, y1: y + dy + height }
  const anchor = side === 'right' ? 'start' : side === 'left' ? 'end' : 'middle'
  const top = lines.length > 1 ? box.y0 + 2 : box.y0 + lead
  return {
    x: side === 'right' ? box.x0 : side === 'left' ? box.x1 : middle,
    y: top + first,
    anchor,
    box,
    lines: lines.length,
  }
}

/** How much farther off a name may stand that must be there, before it covers anything. */
const FARTHER = [1, 1.6, 2.4, 3.2] as const

const outside = (box: Box, frame: Box): number => (box.x1 - box.x0) * (box.y1 - box.y0) - overlap(box, frame)

/** The freest side for a label, the nearest first, and how much it would cover there. */
function best(wish: Wish, full: readonly Box[], frame: Box): { place: Placed; cost: number } {
  let place = placed(wish, 'right')
  let least = Infinity
  for (const far of wish.must ? FARTHER : FARTHER.slice(0, 1))
    for (const side of wish.sides ?? SIDES) {
      const option = placed({ ...wish, gap: [wish.gap[0] * far, wish.gap[1] * far] }, side)
      const cost = full.reduce((sum, box) => sum + overlap(box, option.box), 3 * outside(option.box, frame))
      if (cost < 1) return { place: option, cost }
      if (cost < least - 1) {
        place = option
        least = cost
      }
    }
  return { place, cost: least }
}

/** A place for every label that finds one, by id; where not all its lines fit, the first alone. */
export function placeLabels(wishes: readonly Wish[], taken: readonly Box[], frame: Box): Map<string, Placed> {
  const found = new Map<string, Placed>()
  const full = [...taken]
  for (const wish of [...wishes].sort((a, b) => a.rank - b.rank)) {
    const whole = best(wish, full, frame)
    const short =
      whole.cost >= 1 && wish.lines.length > 1
        ? best({ ...wish, lines: wish.lines.slice(0, 1) }, full, frame)
        : whole
    const chosen = short.cost < whole.cost ? short : whole
    if (chosen.cost >= 1 && !wish.must) continue
    found.set(wish.id, chosen.place)
    full.push(chosen.place.box)
  }
  return found
}

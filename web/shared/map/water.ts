/** Names of canals, drains and roads stand on their line, one character after the other, where the line is free. */
import { along, around, lengthOf, overlap, type Box, type XY } from './plane'

export interface Glyph {
  char: string
  x: number
  y: number
}

/** Characters of `text` along the line from `start` on: stacked where it runs down, beside it where it runs across. */
export function glyphs(text: string, line: readonly XY[], start: number, size: number): Glyph[] {
  const { towards } = along(line, start)
  const isAcross = Math.abs(towards[0]) > Math.abs(towards[1])
  const step = isAcross ? size * 2.1 : size * 1.1
  const found = [...text].map((char, i) => {
    const { at } = along(line, start + i * step)
    return { char, x: at[0], y: at[1] + size * 0.36 }
  })
  // read from left to right and from the top down, however the line was drawn
  const turned = isAcross ? towards[0] < 0 : towards[1] < 0
  if (!turned) return found
  return found.map(({ x, y }, i) => ({ char: found[found.length - 1 - i]?.char ?? '', x, y })).reverse()
}

/** The freest stretch of a line for its name, or null where none is free enough. */
export function nameAlong(
  text: string,
  line: readonly XY[],
  taken: readonly Box[],
  frame: Box,
  { size = 20, shift = 0, prefer = 0.25 }: { size?: number; shift?: number; prefer?: number } = {},
): { glyphs: Glyph[]; boxes: Box[] } | null {
  const whole = lengthOf(line)
  let best: { glyphs: Glyph[]; boxes: Box[] } | null = null
  let least = Infinity
  for (let share = 0.04; share < 0.92; share += 0.04) {
    const letters = glyphs(text, line, whole * share, size).map((one) => ({ ...one, y: one.y + shift }))
    const boxes = letters.map(({ x, y }) => around([x, y - size * 0.36], size * 0.55))
    const covered = boxes.reduce(
      (sum, box) =>
        sum +
        taken.reduce((part, other) => part + overlap(other, box), 0) +
        (size ** 2 - Math.min(size ** 2, overlap(box, frame))),
      0,
    )
    const cost = covered * 10 + Math.abs(share - prefer) * 100
    if (cost < least) {
      least = cost
      best = covered < size * 4 ? { glyphs: letters, boxes } : best
    }
  }
  return best
}

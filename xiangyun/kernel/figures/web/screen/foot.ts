/** Which figures stand at the foot, and how wide: one a platform first, one more, the house's own, then the rest. */
import type { Out } from '@shared/api/client'

export type Figure = Out<'FigureOut'>

export const PLATFORMS = [
  'party',
  'services',
  'grid',
  'safety',
  'agriculture',
  'livestock',
  'congress',
  'market',
]
const ROOM = 8

/** Columns each figure takes of the eight, so that hairlines run through to the lanes where they can. */
const SPANS: Record<number, number[]> = {
  1: [8],
  2: [2, 6],
  3: [2, 4, 2],
  4: [2, 2, 2, 2],
  5: [2, 1, 1, 2, 2],
  6: [2, 1, 1, 1, 1, 2],
  7: [1, 1, 1, 1, 1, 1, 2],
  8: [1, 1, 1, 1, 1, 1, 1, 1],
}

export const roomOf = (code: string): string => code.split('.')[0] ?? code

export function chosen(all: readonly Figure[]): (Figure & { span: number })[] {
  const firsts = PLATFORMS.flatMap((platform) => all.find(({ code }) => roomOf(code) === platform) ?? [])
  const others = all.filter((one) => !firsts.includes(one))
  const seconds = PLATFORMS.flatMap((platform) => others.find(({ code }) => roomOf(code) === platform) ?? [])
  const house = others.filter(({ code }) => !PLATFORMS.includes(roomOf(code)))
  const rest = others.filter((one) => !seconds.includes(one) && !house.includes(one))
  const found = [...firsts, ...seconds, ...house, ...rest].slice(0, ROOM)
  return found.map((one, i) => ({ ...one, span: SPANS[found.length]?.[i] ?? 1 }))
}

/** Houses of a village or the town seat: small roofs in rows, the same ones every time. */
import { dice, type XY } from './plane'

export const CLUSTER = { village: { width: 64, height: 24 }, seat: { width: 132, height: 76 } }
const TILT = -0.045

const roof = (x: number, y: number, w: number, h: number) =>
  `M${x.toFixed(1)} ${y.toFixed(1)}h${w.toFixed(1)}v${h.toFixed(1)}h${(-w).toFixed(1)}z`

export function village([x, y]: XY, seed: string): string {
  const roll = dice(seed)
  const { width, height } = CLUSTER.village
  const columns = 7 + Math.floor(roll() * 2)
  let d = ''
  for (let row = 0; row < 3; row++) {
    const from = Math.floor(roll() * 2)
    const to = columns - Math.floor(roll() * 2)
    const shift = roll() * 4 - 2
    for (let column = from; column < to; column++) {
      if (roll() < 0.2) continue
      const px = x - width / 2 + column * 7.6 + shift + roll()
      const py = y - height / 2 + row * 7.4 + column * 7.6 * TILT + roll() * 0.8
      d += roof(px, py, 3.8 + roll() * 2, 2.8 + roll() * 0.8)
    }
  }
  return d
}

export function seat([x, y]: XY, seed: string): string {
  const roll = dice(seed)
  let d = ''
  for (let row = 0; row < 8; row++)
    for (let column = 0; column < 15; column++) {
      // a street each way, and the yard of the town hall
      if (row === 3 || column === 7 || (row > 3 && row < 7 && column > 7) || roll() < 0.18) continue
      const px = x - 63 + column * 8.6 + (roll() - 0.5)
      const py = y - 34 + row * 9 + (row > 3 ? 1 : -3) + (column - 7) * 8.6 * TILT
      d += roof(px, py, 4.6 + roll() * 2.4, 3.4 + roll() * 1.8)
    }
  return d
}

/** From WGS-84 degrees to map units (1 unit = 1 px at 1080 px of height), and how much ground a unit covers. */
import type { Box, XY } from './plane'

export type LonLat = readonly [number, number]
export interface Bounds {
  west: number
  south: number
  east: number
  north: number
}

const METRES_PER_DEGREE = 111_320

export interface Projection {
  xy: (point: LonLat) => XY
  /** Where a spot of the map lies. */
  lonLat: (spot: XY) => LonLat
  metresPerUnit: number
}

export function boundsOf(points: Iterable<LonLat>): Bounds | null {
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity }
  for (const [lon, lat] of points) {
    box.west = Math.min(box.west, lon)
    box.east = Math.max(box.east, lon)
    box.south = Math.min(box.south, lat)
    box.north = Math.max(box.north, lat)
  }
  return box.west <= box.east ? box : null
}

/** The bounds as large as they fit into the frame, centred; a single point gets two kilometres around it. */
export function projection(bounds: Bounds, frame: Box): Projection {
  const lat0 = (bounds.south + bounds.north) / 2
  const lon0 = (bounds.west + bounds.east) / 2
  const narrow = Math.cos((lat0 * Math.PI) / 180)
  const wide = Math.max((bounds.east - bounds.west) * narrow, 0.036)
  const tall = Math.max(bounds.north - bounds.south, 0.036)
  const scale = Math.min((frame.x1 - frame.x0) / wide, (frame.y1 - frame.y0) / tall)
  const cx = (frame.x0 + frame.x1) / 2
  const cy = (frame.y0 + frame.y1) / 2
  return {
    xy: ([lon, lat]) => [cx + (lon - lon0) * narrow * scale, cy - (lat - lat0) * scale],
    lonLat: ([x, y]) => [lon0 + (x - cx) / (narrow * scale), lat0 - (y - cy) / scale],
    metresPerUnit: METRES_PER_DEGREE / scale,
  }
}

/** The longest round distance (1, 2 or 5 of a power of ten) that fits into `widest` units. */
export function scaleBar(metresPerUnit: number, widest: number): { metres: number; width: number } {
  const most = metresPerUnit * widest
  const power = 10 ** Math.floor(Math.log10(most))
  const metres = [5, 2, 1].map((n) => n * power).find((n) => n <= most) ?? power
  return { metres, width: metres / metresPerUnit }
}

/** The dotted path of a place from its twelve-digit code: 150802100201 → 15.08.02.100.201. */
export function pathOf(code: string): string {
  const parts = [code.slice(0, 2), code.slice(2, 4), code.slice(4, 6), code.slice(6, 9), code.slice(9, 12)]
  const last = parts.findLastIndex((part) => part !== '' && !/^0+$/.test(part))
  return parts.slice(0, last + 1).join('.')
}

/** The ground of a town's map, ready to be drawn: shapes of `GET /api/areas/{path}/map` in map units. */
import * as houses from './houses'
import { centre, dice, drawnOn, inset, path, strips, type Box, type XY } from './plane'
import { boundsOf, pathOf, projection, type LonLat, type Projection } from './projection'

export interface Shape {
  type: 'Feature'
  properties: {
    kind: string
    name?: string
    code?: string
    path?: string
    crop?: string | null
    village?: string
    size_mu?: number
  }
  geometry:
    | { type: 'Point'; coordinates: LonLat }
    | { type: 'LineString'; coordinates: LonLat[] }
    | { type: 'Polygon'; coordinates: LonLat[][] }
}
export interface TownMap {
  schematic: boolean
  source: string
  features: Shape[]
}

export const CROPS = ['wheat', 'maize', 'sun', 'veg', 'waste'] as const
export type Crop = (typeof CROPS)[number]
const CROP_OF: Record<string, Crop> = {
  spring_wheat: 'wheat',
  wheat: 'wheat',
  maize: 'maize',
  sunflower: 'sun',
  vegetable: 'veg',
  saline_waste: 'waste',
}

export interface NamedLine {
  kind: string
  name: string
  line: XY[]
  d: string
}
export interface Village {
  name: string
  path: string
  at: XY
}
export interface Land {
  projection: Projection
  /** Only villages are known: no fields, no water, no roads. */
  isBare: boolean
  crops: { key: string; crop: Crop; tone: 'ground' | 0 | 1 | 2; d: string }[]
  present: Crop[]
  lakes: string
  lines: NamedLine[]
  ditches: string
  outline: string
  villages: Village[]
  seat: { name: string; at: XY } | null
  houses: string
  /** Fields of each village, for hatching what nobody sees. */
  fields: Map<string, string>
}

const BEYOND = 1200
const GOES_ON = new Set(['main_canal', 'main_drain', 'road'])

function* pointsOf(shape: Shape): Iterable<LonLat> {
  const { geometry } = shape
  if (geometry.type === 'Point') yield geometry.coordinates
  else if (geometry.type === 'LineString') yield* geometry.coordinates
  else yield* geometry.coordinates[0] ?? []
}

/** What the frame should show: the outline where there is one, else every point known. */
function shown(features: readonly Shape[]): ReturnType<typeof boundsOf> {
  const outline = features.filter(({ properties }) => properties.kind === 'town_outline')
  const chosen = outline.length ? outline : features
  return boundsOf(chosen.flatMap((shape) => [...pointsOf(shape)]))
}

export function landOf(map: TownMap, frame: Box): Land | null {
  const bounds = shown(map.features)
  if (!bounds) return null
  const plane = projection(bounds, frame)
  const project = (points: readonly LonLat[]) => points.map(plane.xy)
  const bins = new Map<string, string[]>()
  const fields = new Map<string, string>()
  const land: Land = {
    projection: plane,
    isBare: !map.features.some(({ geometry }) => geometry.type !== 'Point'),
    crops: [],
    present: [],
    lakes: '',
    lines: [],
    ditches: '',
    outline: '',
    villages: [],
    seat: null,
    houses: '',
    fields,
  }
  const put = (key: string, d: string) => bins.set(key, [...(bins.get(key) ?? []), d])
  const present = new Set<Crop>()

  map.features.forEach(({ properties, geometry }, index) => {
    const { kind, name = '', code = '' } = properties
    if (geometry.type === 'Point') {
      const at = plane.xy(geometry.coordinates)
      if (kind === 'seat') {
        land.seat = { name, at }
        land.houses += houses.seat(at, name)
      } else if (kind === 'village') {
        land.villages.push({ name, path: properties.path ?? pathOf(code), at })
        land.houses += houses.village(at, code)
      }
    } else if (geometry.type === 'LineString') {
      const line = project(geometry.coordinates)
      if (kind === 'field_canal') land.ditches += path(line)
      else land.lines.push({ kind, name, line, d: path(GOES_ON.has(kind) ? drawnOn(line, BEYOND) : line) })
    } else {
      const ring = project(geometry.coordinates[0] ?? []).slice(0, -1)
      if (kind === 'town_outline') land.outline += path(ring, true)
      else if (kind === 'lake') land.lakes += path(ring, true)
      else if (kind === 'plot') {
        const crop = CROP_OF[properties.crop ?? '']
        const field = inset(ring, 0.8)
        if (properties.village)
          fields.set(
            pathOf(properties.village),
            (fields.get(pathOf(properties.village)) ?? '') + path(ring, true),
          )
        if (!crop || field.length < 3) return
        present.add(crop)
        put(`${crop}-ground`, path(field, true))
        const roll = dice(`${index}:${centre(geometry.coordinates[0] ?? []).join()}`)
        for (const { shape, tone } of strips(field, roll, crop === 'waste' ? 60 : 13))
          put(`${crop}-${tone}`, path(shape, true))
      }
    }
  })
  land.present = CROPS.filter((crop) => present.has(crop))
  land.crops = [...bins]
    .map(([key, parts]) => {
      const [crop, tone] = key.split('-') as [Crop, string]
      return {
        key,
        crop,
        tone: tone === 'ground' ? tone : (Number(tone) as 0 | 1 | 2),
        d: parts.join(''),
      } as const
    })
    // grounds first, so that no strip hides below its neighbour's ground
    .sort((a, b) => Number(b.tone === 'ground') - Number(a.tone === 'ground') || a.key.localeCompare(b.key))
  return land
}

import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { placeLabels, placed, widthOf, type Wish } from './labels'
import { landOf, type Shape } from './land'
import { CLUSTER_RADIUS, isRinged, RADIUS, reachOf, seated, type Mark } from './marks'
import {
  along,
  around,
  centre,
  contains,
  cut,
  dice,
  drawnOn,
  inset,
  lengthOf,
  overlap,
  path,
  strips,
  surface,
  type XY,
} from './plane'
import { boundsOf, pathOf, projection, scaleBar } from './projection'
import { glyphs, nameAlong } from './water'

const FRAME = { x0: 0, y0: 0, x1: 1000, y1: 700 }
const SQUARE: XY[] = [
  [0, 0],
  [100, 0],
  [100, 60],
  [0, 60],
]

describe('projection', () => {
  const plane = projection({ west: 107, south: 40.85, east: 107.3, north: 41 }, FRAME)

  it('keeps north up and fills the frame in one direction', () => {
    const [left, bottom] = plane.xy([107, 40.85])
    const [right, top] = plane.xy([107.3, 41])
    expect(right).toBeGreaterThan(left)
    expect(bottom).toBeGreaterThan(top)
    expect(Math.max((right - left) / 1000, (bottom - top) / 700)).toBeCloseTo(1, 6)
  })

  it('is as wide as it is tall on the ground', () => {
    const [x0, y0] = plane.xy([107.1, 40.9])
    const [x1] = plane.xy([107.1 + 0.01 / Math.cos((40.925 * Math.PI) / 180), 40.9])
    const [, y1] = plane.xy([107.1, 40.91])
    expect(x1 - x0).toBeCloseTo(y0 - y1, 4)
    expect((y0 - y1) * plane.metresPerUnit).toBeCloseTo(1113.2, 0)
  })

  it('says where a spot of the map lies', () => {
    const [lon, lat] = plane.lonLat(plane.xy([107.123456, 40.912345]))
    expect(lon).toBeCloseTo(107.123456, 9)
    expect(lat).toBeCloseTo(40.912345, 9)
  })

  it('shows two kilometres around a single point', () => {
    expect(projection({ west: 107, south: 41, east: 107, north: 41 }, FRAME).xy([107, 41])).toEqual([
      500, 350,
    ])
  })

  it('has a bar of a round distance', () => {
    expect(scaleBar(24, 110)).toEqual({ metres: 2000, width: 2000 / 24 })
    expect(scaleBar(100, 110).metres).toBe(10_000)
    expect(scaleBar(3, 110).metres).toBe(200)
  })

  it('knows no bounds of nothing', () => {
    expect(boundsOf([])).toBeNull()
  })

  it.each([
    ['150802100201', '15.08.02.100.201'],
    ['150802100000', '15.08.02.100'],
    ['150802000000', '15.08.02'],
  ])('turns %s into %s', (code, dotted) => {
    expect(pathOf(code)).toBe(dotted)
  })
})

describe('plane geometry', () => {
  it('cuts without losing ground', () => {
    const [a, b] = cut(SQUARE, [30, 0], [1, 0])
    expect(surface(a) + surface(b)).toBeCloseTo(6000)
    expect(surface(a)).toBeCloseTo(1800)
  })

  it('shrinks to the middle, and to nothing', () => {
    expect(surface(inset(SQUARE, 5))).toBeCloseTo(90 * 50)
    expect(centre(inset(SQUARE, 5))).toEqual([50, 30])
    expect(inset(SQUARE, 40)).toEqual([])
  })

  it('makes the same strips every time, inside their field', () => {
    const once = strips(SQUARE, dice('a'))
    expect(strips(SQUARE, dice('a'))).toEqual(once)
    expect(strips(SQUARE, dice('b'))).not.toEqual(once)
    expect(once.length).toBeGreaterThan(2)
    expect(once.every(({ shape }) => contains(SQUARE, centre(shape)))).toBe(true)
  })

  it('walks along a line, and beyond it', () => {
    const line: XY[] = [
      [0, 0],
      [10, 0],
      [10, 10],
    ]
    expect(lengthOf(line)).toBe(20)
    expect(along(line, 15)).toEqual({ at: [10, 5], towards: [0, 1] })
    expect(along(line, 99).at).toEqual([10, 10])
    expect(drawnOn(line, 5)).toEqual([[-5, 0], ...line, [10, 15]])
    expect(path(line)).toBe('M0 0L10 0L10 10')
  })
})

describe('labels', () => {
  const wish = (changes: Partial<Wish> = {}): Wish => ({
    id: 'a',
    at: [500, 350],
    lines: [{ text: '永乐', size: 24 }],
    gap: [10, 10],
    rank: 5,
    ...changes,
  })

  it('measure Chinese as squares', () => {
    expect(widthOf('永乐', 24)).toBe(48)
    expect(widthOf('18 mm', 20)).toBeLessThan(70)
  })

  it('stand at the right where nothing is in the way, else on the next free side', () => {
    expect(placeLabels([wish()], [], FRAME).get('a')?.anchor).toBe('start')
    const wall = { x0: 505, y0: 300, x1: 700, y1: 400 }
    expect(placeLabels([wish()], [wall], FRAME).get('a')?.anchor).toBe('end')
  })

  it('stay inside the frame', () => {
    const { box } = placeLabels([wish({ at: [990, 350] })], [], FRAME).get('a') ?? placed(wish(), 'right')
    expect(box.x1).toBeLessThanOrEqual(1000)
  })

  it('never cover each other, and the first rank chooses first', () => {
    const wishes = Array.from({ length: 12 }, (_, i) =>
      wish({ id: `w${i}`, at: [500 + i * 6, 350 + i * 4], rank: 12 - i }),
    )
    const found = [...placeLabels(wishes, [], FRAME)]
    expect(found[0]?.[0]).toBe('w11')
    for (const [a, one] of found)
      for (const [b, other] of found) if (a < b) expect(overlap(one.box, other.box)).toBeLessThan(1)
  })

  it('leave what must not be missed even where it covers something', () => {
    const everywhere = [FRAME]
    expect(placeLabels([wish()], everywhere, FRAME).has('a')).toBe(false)
    expect(placeLabels([wish({ must: true })], everywhere, FRAME).has('a')).toBe(true)
  })

  it('that must be there stand farther off before they cover a mark', () => {
    const cluster = around([500, 350], 30)
    const near = placeLabels([wish()], [cluster], FRAME)
    expect(near.has('a')).toBe(false)
    const { box } = placeLabels([wish({ must: true })], [cluster], FRAME).get('a') ?? placed(wish(), 'right')
    expect(overlap(box, cluster)).toBe(0)
  })

  it('drop the second line before the name', () => {
    const lines = [
      { text: '大风', size: 24 },
      { text: '李桂芳没接，一直没接，还是没接', size: 20 },
    ]
    const narrow = { ...FRAME, x0: 430, x1: 560 }
    expect(placeLabels([wish({ lines })], [], narrow).get('a')?.lines).toBe(1)
  })
})

describe('names along water', () => {
  const down: XY[] = [
    [100, 600],
    [110, 50],
  ]

  it('read from the top down, however the line was drawn', () => {
    const found = glyphs('二支渠', down, 100, 20)
    expect(found.map(({ char }) => char).join('')).toBe('二支渠')
    expect(found[0]?.y).toBeLessThan(found[2]?.y ?? 0)
  })

  it('find the free stretch, or stay away', () => {
    const upper = { x0: 80, y0: 0, x1: 130, y1: 400 }
    const found = nameAlong('二支渠', down, [upper], FRAME, { prefer: 0.9 })
    expect(Math.min(...(found?.boxes ?? []).map(({ y0 }) => y0))).toBeGreaterThan(390)
    expect(nameAlong('二支渠', down, [FRAME], FRAME)).toBeNull()
  })
})

describe('marks', () => {
  const xy = ([lon, lat]: readonly [number, number]): XY => [lon, lat]
  const mark = (
    id: string,
    kind: Mark['kind'],
    point: [number, number],
    changes: Partial<Mark> = {},
  ): Mark => ({
    id,
    kind,
    state: 'ok',
    point,
    title: id,
    ...changes,
  })

  it('are counted where they would touch, and the worst of them is shown', () => {
    const [one, ...none] = seated(
      [mark('a', 'device', [10, 10]), mark('b', 'device', [14, 12], { state: 'silent' })],
      xy,
    )
    expect(none).toEqual([])
    expect(one).toMatchObject({ mark: { id: 'b' }, more: [{ id: 'a' }] })
  })

  it('stand beside houses, not on them, and the matter about one beside it', () => {
    const houses = [{ x0: 0, y0: 40, x1: 64, y1: 64 }]
    const found = seated(
      [mark('a', 'device', [32, 52]), mark('b', 'device', [32, 52]), mark('m', 'matter', [32, 52])],
      xy,
      houses,
    )
    expect(found.map(({ at: [x] }) => x > 64 || x < 0)).toEqual([true, true, true])
    expect(found.every(({ more }) => more.length === 0)).toBe(true)
    expect(found[2]?.from).toEqual(found[0]?.at)
  })

  it('step aside for the device they are about, with a line back to it', () => {
    const found = seated([mark('m', 'matter', [50, 50], { ring: true }), mark('d', 'device', [50, 50])], xy)
    const matter = found.find(({ mark: { id } }) => id === 'm')
    expect(matter?.from).toEqual([50, 50])
    const [x, y] = matter?.at ?? [50, 50]
    expect(Math.hypot(x - 50, y - 50)).toBeGreaterThan(RADIUS.matter)
  })

  it('keep the ring and the ground of all they stand for', () => {
    const alerted = { ...mark('b', 'device', [50, 50]), ring: true }
    const [cluster] = seated([mark('a', 'device', [50, 50]), alerted], xy)
    expect(cluster).toMatchObject({ mark: { id: 'a' }, more: [{ id: 'b' }] })
    expect(cluster && isRinged(cluster)).toBe(true)
    expect(cluster && reachOf(cluster)).toBe(CLUSTER_RADIUS + 8)
    expect(reachOf({ mark: mark('a', 'device', [50, 50]), more: [] })).toBe(RADIUS.device + 4)
  })

  it('stay where they are when nothing is there', () => {
    expect(seated([mark('m', 'matter', [50, 50])], xy)[0]).toMatchObject({ at: [50, 50], from: null })
  })
})

describe('the land', () => {
  const file = resolve(import.meta.dirname, '../../../xiangyun/kernel/geo/data/langshan_schematic.geojson')
  const features = (JSON.parse(readFileSync(file, 'utf8')) as { features: Shape[] }).features

  it('is drawn from the map of the demo town', () => {
    const land = landOf({ schematic: true, source: '', features }, { x0: 20, y0: 72, x1: 1020, y1: 720 })
    expect(land?.villages).toHaveLength(19)
    expect(land?.present).toEqual(['wheat', 'maize', 'sun', 'veg', 'waste'])
    expect(land?.isBare).toBe(false)
    expect(land?.fields.has('15.08.02.100.201')).toBe(true)
    expect(land?.villages.every(({ at: [x, y] }) => x > 20 && x < 1020 && y > 72 && y < 720)).toBe(true)
    expect(land?.lines.filter(({ kind }) => kind === 'branch_canal').map(({ name }) => name)).toEqual([
      '一支渠',
      '二支渠',
      '三支渠',
      '四支渠',
    ])
  })

  it('says so when only villages are known, and nothing when nothing is', () => {
    const villages = features.filter(({ properties }) => properties.kind === 'village')
    expect(landOf({ schematic: true, source: '', features: villages }, FRAME)).toMatchObject({
      isBare: true,
      seat: null,
      outline: '',
    })
    expect(landOf({ schematic: true, source: '', features: [] }, FRAME)).toBeNull()
  })
})

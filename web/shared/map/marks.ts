/** What stands on the map above the land: each thing one mark; shape = kind, fill = state, hollow = silent, ring = alert. */
import {
  computed,
  inject,
  onScopeDispose,
  provide,
  shallowReactive,
  toValue,
  watchEffect,
  type ComputedRef,
  type InjectionKey,
  type MaybeRefOrGetter,
} from 'vue'
import { around, overlap, type Box, type XY } from './plane'
import type { LonLat } from './projection'

export type MarkKind = 'matter' | 'device' | 'camera' | 'person'
export type MarkState = 'ok' | 'danger' | 'late' | 'silent' | 'todo' | 'tip'

export interface Mark {
  id: string
  kind: MarkKind
  state: MarkState
  point: LonLat
  /** An alert is open on it. */
  ring?: boolean
  /** Letter of a matter. */
  letter?: string
  title: string
  /** Written beside it: the first line large. */
  label?: string
  note?: string
  noteTone?: 'warn'
  /** Lower is drawn later and labelled first. */
  rank?: number
  open?: () => void
}

/** Squares that each stand for how much lies in them; `depth` of 0 to 1 is how strong one is drawn. */
export interface Squares {
  /** In the legend: what is counted. */
  says: string
  /** Of a square, in degrees. */
  side: number
  cells: readonly { id: string; at: LonLat; n: number; depth: number; title: string }[]
}

export interface Stage {
  marks: ComputedRef<Mark[]>
  /** Area paths of which nothing is heard, with the reason. */
  blind: ComputedRef<{ path: string; note?: string }[]>
  /** What the circles say beside them, for the legend. */
  says: ComputedRef<string[]>
  squares: ComputedRef<Squares[]>
  layers: Map<string, Layer>
}

export interface Layer {
  marks?: readonly Mark[]
  blind?: readonly { path: string; note?: string }[]
  /** Adds words beside marks of another layer, by mark id. */
  notes?: ReadonlyMap<string, string>
  says?: string
  squares?: Squares
}

const STAGE: InjectionKey<Stage> = Symbol('map')

/** Called by the page that draws the map. */
export function provideStage(): Stage {
  const layers = shallowReactive(new Map<string, Layer>())
  const all = computed(() => [...layers.values()])
  const stage: Stage = {
    layers,
    marks: computed(() => {
      const notes = new Map(all.value.flatMap((layer) => [...(layer.notes ?? [])]))
      return all.value
        .flatMap((layer) => layer.marks ?? [])
        .map((mark) => (notes.has(mark.id) && !mark.note ? { ...mark, note: notes.get(mark.id) } : mark))
    }),
    blind: computed(() => all.value.flatMap((layer) => layer.blind ?? [])),
    says: computed(() => all.value.flatMap((layer) => layer.says ?? [])),
    squares: computed(() => all.value.flatMap((layer) => layer.squares ?? [])),
  }
  provide(STAGE, stage)
  return stage
}

/** The stage of the page around; an empty one where there is no map. */
export function useStage(): Stage {
  return inject(
    STAGE,
    () => ({
      layers: new Map(),
      marks: computed(() => []),
      blind: computed(() => []),
      says: computed(() => []),
      squares: computed(() => []),
    }),
    true,
  )
}

/** Draws a layer while the component lives; nothing where there is no map. */
export function useLayer(id: string, layer: MaybeRefOrGetter<Layer>): void {
  const stage = inject(STAGE, null)
  if (!stage) return
  watchEffect(() => stage.layers.set(id, toValue(layer)))
  onScopeDispose(() => stage.layers.delete(id))
}

export interface Seated {
  mark: Mark
  at: XY
  /** Where the thing really is, when its mark had to stand beside it. */
  from: XY | null
  /** Other marks of its kind that stand so close that they are counted instead of drawn. */
  more: Mark[]
}

export const RADIUS: Record<MarkKind, number> = { matter: 17, device: 6, camera: 6.5, person: 11 }
/** A mark that stands for several, with their number inside. */
export const CLUSTER_RADIUS = 14

/** How far a mark is drawn from its middle, its ring and the dark edge around it included. */
export function reachOf({ mark, more }: Pick<Seated, 'mark' | 'more'>): number {
  if (mark.kind === 'matter') return RADIUS.matter + (mark.ring ? 9 : 4)
  const r = more.length ? CLUSTER_RADIUS : RADIUS[mark.kind]
  return r + (isRinged({ mark, more }) ? 8 : 4)
}

/** An alert is open on one of those the mark stands for. */
export function isRinged({ mark, more }: Pick<Seated, 'mark' | 'more'>): boolean {
  return Boolean(mark.ring) || more.some(({ ring }) => ring)
}
const AWAY: readonly XY[] = [
  [0, 0],
  [1, -1],
  [-1, -1],
  [1, 1],
  [-1, 1],
  [1.45, 0],
  [-1.45, 0],
  [0, -1.45],
  [0, 1.45],
]
const WORST: readonly MarkState[] = ['danger', 'late', 'silent', 'todo', 'tip', 'ok']

/** Places at both sides of what stands there, nearest first. */
function beside(box: Box, [, y]: XY, r: number): XY[] {
  const step = r * 2 + 8
  return [0, 1, -1, 2].flatMap((n): XY[] => [
    [box.x1 + r + 5, y + n * step],
    [box.x0 - r - 5, y + n * step],
  ])
}

/**
 * Every mark at a place of its own: small ones stand beside houses, not on them; where there is no place left they become
 * one with a number; matters step aside for what is there already.
 */
export function seated(
  marks: readonly Mark[],
  xy: (point: LonLat) => XY,
  houses: readonly Box[] = [],
): Seated[] {
  const found: Seated[] = []
  const near = (mark: Mark, at: XY) =>
    found.find(
      (one) =>
        Math.hypot(one.at[0] - at[0], one.at[1] - at[1]) < RADIUS[mark.kind] + RADIUS[one.mark.kind] + 2,
    )
  for (const mark of marks.filter(({ kind }) => kind !== 'matter')) {
    const home = xy(mark.point)
    const on = houses.find((box) => overlap(box, around(home, RADIUS[mark.kind])) > 0)
    const places = on ? beside(on, home, RADIUS[mark.kind]) : [home]
    const at = places.find((one) => !near(mark, one))
    const close = at ? undefined : near(mark, places[0] ?? home)
    if (at || !close) {
      found.push({ mark, at: at ?? home, from: null, more: [] })
      continue
    }
    close.more.push(mark)
    if (WORST.indexOf(mark.state) < WORST.indexOf(close.mark.state)) {
      close.more[close.more.length - 1] = close.mark
      close.mark = mark
    }
  }
  const taken: Box[] = found.map((one) => around(one.at, reachOf(one)))
  const matters = marks
    .filter(({ kind }) => kind === 'matter')
    .sort((a, b) => (a.rank ?? 50) - (b.rank ?? 50))
  for (const mark of matters) {
    // what it is about may itself have stepped beside its houses
    const about = found.find(
      ({ mark: { point } }) => point[0] === mark.point[0] && point[1] === mark.point[1],
    )
    const home = about?.at ?? xy(mark.point)
    const reach = reachOf({ mark, more: [] })
    const options = AWAY.flatMap(([dx, dy]) =>
      [1, 2].map((n): XY => [home[0] + dx * n * (reach + 5), home[1] + dy * n * (reach + 5)]),
    )
    const cost = (at: XY) =>
      [...taken, ...houses].reduce((sum, box) => sum + overlap(box, around(at, reach)), 0)
    const at =
      options.find((one) => cost(one) < 1) ??
      options.reduce((best, one) => (cost(one) < cost(best) ? one : best))
    taken.push(around(at, reach))
    found.push({ mark, at, from: at === options[0] ? null : home, more: [] })
  }
  return found
}

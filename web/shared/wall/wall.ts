/** What is going on, as the wall shows it: every room offers its things, all of them stand in one order with one letter each. */
import {
  computed,
  inject,
  onScopeDispose,
  provide,
  shallowReactive,
  shallowRef,
  toValue,
  watch,
  watchEffect,
  type ComputedRef,
  type InjectionKey,
  type MaybeRefOrGetter,
} from 'vue'
import type { LonLat } from '../map/projection'
import { givenLetters } from './letters'

/** Solid red danger now, outlined red overdue, hatched silent, plain else; `tip` is advice and looks like no warning. */
export type Tone = 'danger' | 'late' | 'silent' | 'todo' | 'tip'

export interface WallItem {
  id: string
  tone: Tone
  /** One sentence: place and what. */
  title: string
  /** The same in a few words, for the map and the dispatch lane. */
  short: string
  sentence?: string
  /** Said in its stead where there is no sentence: where or since when. */
  place?: string
  /** Who has it or who said it, and since when. */
  who?: string
  whoTone?: 'warn'
  /** Second line on the map. */
  note?: string
  number?: string
  chip: string
  /** Its clock in words, and how much of it is used (0–1). */
  clock?: { words: string; used: number; tone: 'bad' | 'warn' | 'plain' }
  /** Sorts inside a tone: the earlier end first. */
  endsAt: number
  point?: LonLat | null
  area?: string
  ring?: boolean
  open?: () => void
}

export interface Lettered extends WallItem {
  letter: string
}

interface Wall {
  offers: Map<string, readonly WallItem[]>
  items: ComputedRef<Lettered[]>
}

const WALL: InjectionKey<Wall> = Symbol('wall')
const KEPT = 'xiangyun.letters'
const TONES: readonly Tone[] = ['danger', 'late', 'silent', 'todo', 'tip']

/** Danger first, then what ends first. */
export function inOrder<T extends WallItem>(items: readonly T[]): T[] {
  return [...items].sort(
    (a, b) =>
      TONES.indexOf(a.tone) - TONES.indexOf(b.tone) || a.endsAt - b.endsAt || a.id.localeCompare(b.id),
  )
}

function remembered(): Map<string, string> {
  try {
    return new Map(Object.entries(JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Record<string, string>))
  } catch {
    return new Map()
  }
}

export function provideWall(): Wall {
  const offers = shallowReactive(new Map<string, readonly WallItem[]>())
  const letters = shallowRef(remembered())
  const ordered = computed(() => inOrder([...offers.values()].flat()))
  watch(
    () => ordered.value.map(({ id }) => id),
    (ids) => {
      // before the rooms have answered nothing is known to be gone
      if (ids.length === 0) return
      letters.value = givenLetters(ids, letters.value)
      localStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(letters.value)))
    },
    { flush: 'sync' },
  )
  const items = computed(() =>
    ordered.value.map((item) => ({ ...item, letter: letters.value.get(item.id) ?? '' })),
  )
  const wall = { offers, items }
  provide(WALL, wall)
  return wall
}

/** A room's things stand on the wall while the component lives. */
export function offerToWall(room: string, items: MaybeRefOrGetter<readonly WallItem[]>): void {
  const wall = inject(WALL, null)
  if (!wall) return
  watchEffect(() => wall.offers.set(room, toValue(items)))
  onScopeDispose(() => wall.offers.delete(room))
}

export function useWall(): ComputedRef<Lettered[]> {
  return inject(WALL, null)?.items ?? computed(() => [])
}

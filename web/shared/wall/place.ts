/** Which town the wall shows, and whether strangers are in the room. */
import { computed, inject, provide, ref, type ComputedRef, type InjectionKey, type Ref } from 'vue'

export interface WallPlace {
  /** Dotted path of the town. */
  town: ComputedRef<string>
  /** Names of people are hidden. */
  visitors: Ref<boolean>
}

const PLACE: InjectionKey<WallPlace> = Symbol('place')
const NOWHERE: WallPlace = { town: computed(() => ''), visitors: ref(false) }

export function providePlace(place: WallPlace): void {
  provide(PLACE, place)
}

export function usePlace(): WallPlace {
  return inject(PLACE, NOWHERE)
}

/** A name for the wall: whole, or its first sign and a star for each of the rest while visitors are here. */
export function masked(name: string, hide: boolean): string {
  if (!hide) return name
  const [first = '', ...rest] = [...name]
  return first + (rest.length ? '＊'.repeat(Math.min(rest.length, 3)) : '')
}

/** What a room or a module adds to the three shells. One `feature.ts` beside each slice exports one of these. */
import type { Component } from 'vue'
import type { RouteRecordRaw } from 'vue-router'

export interface RailEntry {
  /** Full path inside the shell, e.g. `/work`. */
  to: string
  /** Key of the catalogue. */
  title: string
  icon?: Component
  /** Ability needed to see it; none: everybody who is signed in. */
  needs?: string
  /** `main` on top, `register` under 登记册, `platform` between, `settings` under 设置. */
  group: 'main' | 'register' | 'platform' | 'settings'
  order?: number
  /** A composable that gives the number of things somebody must act on; shown only when above 0. */
  count?: () => { value: number | null | undefined }
  /** Letter after `g`: `w` makes `g w`. */
  goto?: string
}

/** Something drawn at a place the shell keeps free. Ordered by `order`, hidden without the ability. */
export interface Panel {
  id: string
  order?: number
  needs?: string
  /** Lazy: `() => import('./screen/RainPanel.vue')`. */
  component: () => Promise<{ default: Component }>
  /** On the phone: only in this mode. */
  mode?: 'elder' | 'plain'
}

export interface Tab {
  to: string
  title: string
  icon: Component
  order?: number
  needs?: string
  /** Who sees it: villagers in elder mode, those who work in standard mode, or both. */
  mode?: 'elder' | 'plain'
  /** The number of things somebody must look at; shown only when above 0. */
  count?: () => { value: number | null | undefined }
}

/** Where a thing is shown, by its kind: `{ report: (id) => `/grid/${id}` }`; another room links to it without knowing it. */
export type Opens = Readonly<Record<string, (id: string) => string>>

/** What a board of the wall is handed: of which place, and how to open the rows of one of its figures. */
export interface BoardProps {
  area: string
  rows: (figure: { code: string; area: string; title: string }) => void
}

export interface Feature {
  /** Name of the room or module; also the first part of its words' keys. */
  id: string
  title: string
  desk?: { routes?: RouteRecordRaw[]; rail?: RailEntry[]; opens?: Opens }
  app?: {
    routes?: RouteRecordRaw[]
    tabs?: Tab[]
    /** `home` big words, `village` what is around me, `me` my own things, `thumb` the call above the tabs. */
    home?: Panel[]
    village?: Panel[]
    me?: Panel[]
    thumb?: Panel[]
    opens?: Opens
  }
  screen?: {
    routes?: RouteRecordRaw[]
    /** `top` station strip, `duty` who answers, `left` what happens, `right` people and charts, `map` layers without a
     * picture of their own, `foot` figures. */
    panels?: Partial<Record<'top' | 'duty' | 'left' | 'right' | 'map' | 'foot', Panel[]>>
    /** Everything the platform counts, behind its figure at the foot; it is handed `BoardProps`. */
    board?: () => Promise<{ default: Component }>
  }
}

export type Shell = 'desk' | 'app' | 'screen'

/** The list of one kind from every feature, in order. */
export function ordered<T extends { order?: number }>(lists: (readonly T[] | undefined)[]): T[] {
  return lists.flatMap((list) => list ?? []).sort((a, b) => (a.order ?? 50) - (b.order ?? 50))
}

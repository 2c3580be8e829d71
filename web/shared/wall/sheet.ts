/** The one side sheet of the wall: what stands behind a number, a mark, a move. */
import { inject, provide, shallowRef, type Component, type InjectionKey, type ShallowRef } from 'vue'

export interface Sheet {
  title: string
  component: Component
  props?: Record<string, unknown>
}

interface SheetPlace {
  sheet: ShallowRef<Sheet | null>
  open: (sheet: Sheet) => void
  close: () => void
}

const SHEET: InjectionKey<SheetPlace> = Symbol('sheet')

export function provideSheet(): SheetPlace {
  const sheet = shallowRef<Sheet | null>(null)
  const place: SheetPlace = {
    sheet,
    open: (next) => (sheet.value = next),
    close: () => (sheet.value = null),
  }
  provide(SHEET, place)
  return place
}

export function useSheet(): SheetPlace {
  return inject(SHEET, { sheet: shallowRef(null), open: () => undefined, close: () => undefined })
}

/** How one person likes the phone: elder or standard mode, text size, read-aloud. Kept in this phone only. */
import { computed, reactive, watchEffect, type ComputedRef } from 'vue'
import { useSession, type Session } from '../session/session'

export type Mode = 'elder' | 'plain'
/** How a visit is filled in: one question a page, or all in a table. */
export type Visits = 'one' | 'table'

/** Body text in CSS px for each step; the step is kept across modes. */
export const STEPS: Record<Mode, readonly number[]> = {
  elder: [18, 20, 23, 26, 30],
  plain: [15, 17, 19, 22, 26],
}
export const USUAL: Record<Mode, number> = { elder: 1, plain: 0 }
/** What the token --fs-2 is when nothing is scaled. */
const BASE: Record<Mode, number> = { elder: 20, plain: 15 }

const KEPT = 'xiangyun.phone'

interface Kept {
  /** null: by what the person does in the town. */
  mode: Mode | null
  step: Record<Mode, number>
  aloud: boolean
  visits: Visits
}

function read(): Kept {
  const usual: Kept = { mode: null, step: { ...USUAL }, aloud: true, visits: 'one' }
  try {
    const kept = JSON.parse(localStorage.getItem(KEPT) ?? '{}') as Partial<Kept>
    const step = (mode: Mode) => {
      const wanted = kept.step?.[mode]
      return Number.isInteger(wanted) && STEPS[mode][wanted as number] ? (wanted as number) : USUAL[mode]
    }
    return {
      mode: kept.mode === 'elder' || kept.mode === 'plain' ? kept.mode : null,
      step: { elder: step('elder'), plain: step('plain') },
      aloud: kept.aloud ?? true,
      visits: kept.visits === 'table' ? 'table' : 'one',
    }
  } catch {
    return usual
  }
}

const kept = reactive(read())

export function keep(
  changes: Partial<Pick<Kept, 'mode' | 'aloud' | 'visits'>> & { step?: number },
  mode?: Mode,
): void {
  const { step, ...rest } = changes
  Object.assign(kept, rest)
  if (step !== undefined && mode) kept.step[mode] = step
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept))
  } catch {
    // a browser that keeps nothing still shows what was chosen until it is closed
  }
}

/** Villagers start in elder mode, those who work with the phone in standard mode; whoever chose keeps the choice. */
export function modeOf(
  chosen: Mode | null,
  session: (Partial<Pick<Session, 'elder'>> & Pick<Session, 'posts'>) | null,
): Mode {
  if (chosen || !session) return chosen ?? 'elder'
  const isElder = session.elder ?? session.posts.every(({ role }) => role === 'villager')
  return isElder ? 'elder' : 'plain'
}

export function useMode(): ComputedRef<Mode> {
  const { session } = useSession()
  return computed(() => modeOf(kept.mode, session.value))
}

export function usePreferences() {
  const mode = useMode()
  return {
    mode,
    isElder: computed(() => mode.value === 'elder'),
    step: computed(() => kept.step[mode.value]),
    steps: computed(() => STEPS[mode.value]),
    aloud: computed(() => kept.aloud),
    visits: computed(() => kept.visits),
    choose: (changes: Parameters<typeof keep>[0]) => keep(changes, mode.value),
  }
}

/** Puts mode and size on the document; called once, by the frame. */
export function drawPreferences(): void {
  const { mode, step } = usePreferences()
  watchEffect(() => {
    const root = document.documentElement
    root.classList.toggle('plain', mode.value === 'plain')
    root.style.setProperty(
      '--k',
      String((STEPS[mode.value][step.value] ?? BASE[mode.value]) / BASE[mode.value]),
    )
  })
}

/** Words of one shell: what the first page says is loaded before the first paint, the rest before any other page. */
import { createI18n } from 'vue-i18n'
import { speak } from '../api/client'

type Load = () => Promise<{ default: Record<string, unknown> }>

/** `rest` where a shell's words come in two parts. */
export type Languages = Record<string, { name: string; load: Load; rest?: Load }>

export const FALLBACK = 'zh-Hans'
const KEPT = 'xiangyun.language'

/** Chosen in this browser before, else the town's own language. */
function preferred(languages: Languages): string {
  const kept = localStorage.getItem(KEPT)
  return kept && kept in languages ? kept : FALLBACK
}

let known: Languages = {}
/** Somebody left the first page: from now on every language is loaded with its rest. */
let isWhole = false
const complete = new Set<string>()

const make = (language: string) =>
  createI18n({ legacy: false, locale: language, fallbackWarn: false, missingWarn: import.meta.env.DEV })

let i18n: ReturnType<typeof make>

const listeners = new Set<(code: string) => void>()

export const words = {
  /** Called after the reader chose another language: what the server said is in the old one. */
  whenChanged(listener: (code: string) => void): void {
    listeners.add(listener)
  },
  /** Language code → its own name, for the switch. */
  names: (): Record<string, string> =>
    Object.fromEntries(Object.entries(known).map(([code, { name }]) => [code, name])),
  current: (): string => i18n.global.locale.value,
  async use(code: string): Promise<void> {
    const found = known[code]
    if (!found) return
    if (!complete.has(code)) {
      i18n.global.setLocaleMessage(code, (await found.load()).default)
      if (isWhole) await complement(code)
    }
    i18n.global.locale.value = code
    document.documentElement.lang = code
    localStorage.setItem(KEPT, code)
    speak(code)
    for (const listener of listeners) listener(code)
  },
}

async function complement(code: string): Promise<void> {
  if (complete.has(code)) return
  const rest = await known[code]?.rest?.()
  if (rest) i18n.global.mergeLocaleMessage(code, rest.default)
  complete.add(code)
}

/** All words of the reader's language: awaited before every page but the first. */
export function wholeWords(): Promise<void> {
  isWhole = true
  return complement(words.current())
}

export async function startWords(languages: Languages): Promise<typeof i18n> {
  known = languages
  i18n = make(FALLBACK)
  await words.use(preferred(languages))
  return i18n
}

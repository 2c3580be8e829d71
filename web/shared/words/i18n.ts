/** Words of one shell: the catalogue of the reader's language is loaded before the first paint. */
import { createI18n } from 'vue-i18n'
import { speak } from '../api/client'

export type Languages = Record<
  string,
  { name: string; load: () => Promise<{ default: Record<string, unknown> }> }
>

export const FALLBACK = 'zh-Hans'
const KEPT = 'xiangyun.language'

/** Chosen in this browser before, else the town's own language. */
function preferred(languages: Languages): string {
  const kept = localStorage.getItem(KEPT)
  return kept && kept in languages ? kept : FALLBACK
}

let known: Languages = {}

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
    const { default: messages } = await found.load()
    i18n.global.setLocaleMessage(code, messages)
    i18n.global.locale.value = code
    document.documentElement.lang = code
    localStorage.setItem(KEPT, code)
    speak(code)
    for (const listener of listeners) listener(code)
  },
}

export async function startWords(languages: Languages): Promise<typeof i18n> {
  known = languages
  i18n = make(FALLBACK)
  await words.use(preferred(languages))
  return i18n
}

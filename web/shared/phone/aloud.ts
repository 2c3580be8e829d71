/** Reads a page to somebody who cannot or will not read it. Says so where the phone has no voice for the language. */
import { onScopeDispose, ref } from 'vue'
import { useI18n } from 'vue-i18n'

export type AloudState = 'idle' | 'speaking' | 'no_voice'

/** What is pressed is heard only where it is one of the answers of the page: it says so by `data-aloud`. */
const SILENT =
  '[aria-hidden="true"], button:not([data-aloud]), .button:not([data-aloud]), nav, svg, input, textarea, select, .only-read, [data-silent]'
const BLOCKS = new Set(
  'P H1 H2 H3 LI DT DD DIV SECTION ARTICLE HEADER TIME DL OL UL A FIGCAPTION BUTTON LABEL LEGEND'.split(' '),
)
/** Some phones list their voices only a moment after they are first asked. */
const VOICES_WITHIN_MS = 1_500

/** What is written on a page, block by block, as it should be heard. `data-say` replaces what is drawn. */
export function spoken(root: Element): string[] {
  const blocks: string[] = ['']
  const walk = (node: Node): void => {
    if (node.nodeType === Node.TEXT_NODE) {
      blocks[blocks.length - 1] += node.textContent ?? ''
      return
    }
    if (!(node instanceof Element) || node.matches(SILENT)) return
    const said = node.getAttribute('data-say')
    const isBlock = BLOCKS.has(node.tagName)
    if (isBlock && node.tagName !== 'DD') blocks.push('')
    if (said !== null) blocks[blocks.length - 1] += said
    else node.childNodes.forEach(walk)
    // a name and its value are heard in one breath
    if (node.tagName === 'DT') blocks[blocks.length - 1] += ' '
    else if (isBlock) blocks.push('')
    else if (node.parentElement?.matches('.dots')) blocks[blocks.length - 1] += '·'
  }
  walk(root)
  return blocks.map(tidy).filter((text) => /[\p{L}\p{N}]/u.test(text))
}

function tidy(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/\s*·\s*(?=.)/g, ',')
    .replace(/·/g, '')
    .replace(/−(?=\d)/g, '零下')
    .replace(/—/g, ' ')
    .trim()
}

/** `en` takes any English; Chinese wants Mandarin, not Cantonese. */
export function voiceFor(
  voices: readonly SpeechSynthesisVoice[],
  language: string,
): SpeechSynthesisVoice | undefined {
  const wanted = language.slice(0, 2).toLowerCase()
  const fits = voices.filter(({ lang }) => lang.replace('_', '-').toLowerCase().startsWith(wanted))
  const mandarin = fits.filter(({ lang }) => !/hk|yue|mo\b/i.test(lang))
  const from = wanted === 'zh' ? mandarin : fits
  return from.find(({ localService }) => localService) ?? from[0]
}

function voicesOf(synthesis: SpeechSynthesis): Promise<SpeechSynthesisVoice[]> {
  const now = synthesis.getVoices()
  if (now.length > 0) return Promise.resolve(now)
  return new Promise((resolve) => {
    const done = () => resolve(synthesis.getVoices())
    synthesis.addEventListener?.('voiceschanged', done, { once: true })
    setTimeout(done, VOICES_WITHIN_MS)
  })
}

/** `toggle(root)` reads what stands in `root`, or stops. */
export function useAloud(synthesis: SpeechSynthesis | undefined = globalThis.speechSynthesis) {
  const { locale } = useI18n()
  const state = ref<AloudState>('idle')

  function stop(): void {
    synthesis?.cancel()
    if (state.value === 'speaking') state.value = 'idle'
  }

  async function toggle(root: Element): Promise<void> {
    if (state.value === 'speaking') return stop()
    const voice = synthesis && voiceFor(await voicesOf(synthesis), locale.value)
    if (!synthesis || !voice) {
      state.value = 'no_voice'
      return
    }
    synthesis.cancel()
    const sentences = spoken(root)
    state.value = sentences.length > 0 ? 'speaking' : 'idle'
    // one utterance a sentence: some phones fall silent after fifteen seconds of one
    sentences.forEach((text, index) => {
      const utterance = new SpeechSynthesisUtterance(
        locale.value === 'zh-Hans' ? text : text.replace(/零下/g, 'minus '),
      )
      utterance.voice = voice
      utterance.lang = voice.lang
      utterance.rate = 0.9
      if (index === sentences.length - 1) utterance.onend = () => (state.value = 'idle')
      utterance.onerror = () => (state.value = 'idle')
      synthesis.speak(utterance)
    })
  }

  onScopeDispose(stop)
  return { state, toggle, stop }
}

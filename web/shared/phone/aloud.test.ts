import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { spoken, useAloud, voiceFor } from './aloud'

const voice = (lang: string, localService = true) =>
  ({ lang, localService, name: lang }) as SpeechSynthesisVoice
const page = (html: string) => {
  const root = document.createElement('main')
  root.innerHTML = html
  return root
}

describe('what is heard', () => {
  it('is what is written, block by block', () => {
    expect(spoken(page('<h1>今晚有雨</h1><p>小麦先别浇水。</p>'))).toEqual(['今晚有雨', '小麦先别浇水。'])
  })

  it('keeps a name and its value in one breath', () => {
    expect(spoken(page('<dl><div><dt>现在</dt><dd>24<span>度</span></dd></div></dl>'))).toEqual(['现在 24度'])
  })

  it('leaves out what is pressed, drawn or meant for screen readers', () => {
    const html =
      '<button>读给我听</button><svg></svg><a class="button">打电话</a><p>有雨<span class="only-read">新的</span></p>'
    expect(spoken(page(html))).toEqual(['有雨'])
  })

  it('reads what is to be chosen, one by one, and the names of fields', () => {
    const html =
      '<button data-aloud><svg></svg><b>没变</b></button><button data-aloud class="button">有变化</button>' +
      '<a class="button" data-aloud>下次再来</a><button data-aloud aria-hidden="true">藏着</button>' +
      '<label>写一句 <textarea>写着的</textarea></label><button class="button">存下</button>'
    expect(spoken(page(html))).toEqual(['没变', '有变化', '下次再来', '写一句'])
  })

  it('says what a drawn word stands for', () => {
    expect(spoken(page('<p><span data-say="农历四月廿六">四月廿六</span></p>'))).toEqual(['农历四月廿六'])
  })

  it('makes a pause between facts on one line and says minus', () => {
    expect(spoken(page('<p class="dots"><span>气象站</span><span>−3 度</span></p>'))).toEqual([
      '气象站,零下3 度',
    ])
  })

  it('is nothing where nothing is known', () => {
    expect(spoken(page('<p>—</p><p>·</p>'))).toEqual([])
  })
})

describe('the voice', () => {
  it('is Mandarin, not Cantonese, and of the phone before the network', () => {
    expect(
      voiceFor([voice('zh-HK'), voice('zh-CN', false), voice('cmn-CN'), voice('zh_CN')], 'zh-Hans')?.lang,
    ).toBe('zh_CN')
  })

  it('is none where the phone speaks only other languages', () => {
    expect(voiceFor([voice('en-US'), voice('zh-HK')], 'zh-Hans')).toBeUndefined()
  })
})

describe('reading', () => {
  const said: { text: string; onend?: () => void }[] = []
  const synthesis = (voices: SpeechSynthesisVoice[]) =>
    ({
      getVoices: () => voices,
      cancel: vi.fn(),
      speak: (one: { text: string }) => said.push(one),
    }) as unknown as SpeechSynthesis
  beforeEach(() => {
    said.length = 0
    vi.stubGlobal(
      'SpeechSynthesisUtterance',
      class {
        constructor(public text: string) {}
      },
    )
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.useRealTimers()
  })
  function reader(voices: SpeechSynthesisVoice[] | undefined) {
    let aloud!: ReturnType<typeof useAloud>
    const wrapper = mount(
      defineComponent({ setup: () => ((aloud = useAloud(voices && synthesis(voices))), () => h('i')) }),
    )
    return { aloud, wrapper }
  }

  it('says every sentence and ends by itself', async () => {
    const { aloud } = reader([voice('zh-CN')])
    await aloud.toggle(page('<p>有雨。</p><p>先别浇。</p>'))
    expect(said.map(({ text }) => text)).toEqual(['有雨。', '先别浇。'])
    expect(aloud.state.value).toBe('speaking')
    said.at(-1)?.onend?.()
    expect(aloud.state.value).toBe('idle')
  })

  it('stops when pressed again, and when the page goes', async () => {
    const { aloud, wrapper } = reader([voice('zh-CN')])
    await aloud.toggle(page('<p>有雨。</p>'))
    await aloud.toggle(page(''))
    expect(aloud.state.value).toBe('idle')
    await aloud.toggle(page('<p>有雨。</p>'))
    wrapper.unmount()
    expect(aloud.state.value).toBe('idle')
  })

  it('admits that the phone has no voice, even where it has no speech at all', async () => {
    const { aloud } = reader([])
    const asked = aloud.toggle(page('<p>有雨。</p>'))
    await vi.advanceTimersByTimeAsync(2_000)
    await asked
    expect(aloud.state.value).toBe('no_voice')
    expect(said).toEqual([])
  })
})

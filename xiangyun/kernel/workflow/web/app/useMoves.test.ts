import { QueryClient, VueQueryPlugin } from '@tanstack/vue-query'
import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import type { WholeWork } from '../api'
import { keepAnswer } from './keptWork'
import { useMoves } from './useMoves'

vi.mock('./keptWork', () => ({ keepAnswer: vi.fn(() => Promise.resolve(false)) }))

interface Sent {
  url: string
  body: { op_id: string; note: string }
}

function phone(...answers: (Response | Error)[]) {
  const sent: Sent[] = []
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push({ url: new URL(request.url).pathname, body: (await request.json()) as Sent['body'] })
    const answer = answers.shift()
    if (answer instanceof Error) throw answer
    return answer
  })
  const cache = new QueryClient()
  cache.setQueryData(['work', 'item', 'w1'], { id: 'w1', state: 'open', history: [] })
  let moves!: ReturnType<typeof useMoves>
  mount(defineComponent({ setup: () => ((moves = useMoves('w1')), () => h('i')) }), {
    global: { plugins: [[VueQueryPlugin, { queryClient: cache }]] },
  })
  return { moves, sent, cache, shown: () => cache.getQueryData<WholeWork>(['work', 'item', 'w1'])?.state }
}
const json = (status: number, body: object) =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
const lost = () => new TypeError('Failed to fetch')

afterEach(() => vi.unstubAllGlobals())

describe('answering', () => {
  it('changes what is shown only when the server said so', async () => {
    const { moves, shown, sent } = phone(json(200, { id: 'w1', state: 'taken' }))
    const answer = moves.answer('take')
    expect(moves.going.value).toBe('take')
    expect(shown()).toBe('open')
    expect(await answer).toBe(true)
    expect(shown()).toBe('taken')
    expect(sent[0]?.url).toBe('/api/work/w1/take')
  })

  it('repeats a lost answer with the same id, so that it counts once', async () => {
    const { moves, sent, shown } = phone(lost(), json(200, { id: 'w1', state: 'done' }))
    await moves.answer('done', '渠通了')
    expect(moves.unsent.value).toEqual({ move: 'done', note: '渠通了' })
    expect(shown()).toBe('open')
    await moves.answer('done', '渠通了')
    expect(moves.unsent.value).toBeNull()
    expect(sent[0]?.body).toEqual(sent[1]?.body)
  })

  it('puts into the outbox what a line that leads nowhere did not take, under the id of the try', async () => {
    const tried: unknown[] = []
    vi.mocked(keepAnswer).mockImplementation((...told) => {
      if (told[4]) tried.push(told[4])
      return Promise.resolve(Boolean(told[4]))
    })
    const { moves, sent } = phone(lost(), lost())
    expect(await moves.answer('done', '渠通了')).toBe(true)
    expect([moves.kept.value, moves.unsent.value]).toEqual([true, null])
    moves.forget()
    expect(await moves.answer('return', '去不了')).toBe(true)
    expect([moves.kept.value, moves.unsent.value]).toEqual([true, null])
    expect(tried).toEqual(sent.map(({ body }) => body.op_id))
    vi.mocked(keepAnswer).mockResolvedValue(false)
  })

  it('makes a new id where the words changed', async () => {
    const { moves, sent } = phone(lost(), json(200, { id: 'w1' }))
    await moves.answer('done', '一')
    await moves.answer('done', '二')
    expect(sent[0]?.body.op_id).not.toBe(sent[1]?.body.op_id)
  })

  it('tells who was first and when, and keeps what I wrote', async () => {
    const by = { account: 'liu', name: '刘海军' }
    const { moves } = phone(json(409, { detail: '已经由刘海军接了', by, at: '2026-11-24T10:42:00+08:00' }))
    await moves.answer('take', '我顺路')
    expect(moves.conflict.value).toEqual({
      by,
      at: '2026-11-24T10:42:00+08:00',
      says: '已经由刘海军接了',
      note: '我顺路',
    })
    moves.forget()
    expect(moves.conflict.value).toBeNull()
  })

  it('shows any other refusal as it was said', async () => {
    const { moves } = phone(json(403, { detail: '您不能办这件事' }))
    await moves.answer('take')
    expect((moves.refusal.value as Error).message).toBe('您不能办这件事')
    expect(moves.conflict.value).toBeNull()
  })

  it('reaches the lists too, so that none shows the old state when it comes back', async () => {
    const { moves, cache } = phone(json(200, { id: 'w1', state: 'taken' }))
    cache.setQueryData(
      ['work', 'list', 'phone'],
      [
        { id: 'w0', state: 'open' },
        { id: 'w1', state: 'open' },
      ],
    )
    await moves.answer('take')
    expect(
      cache.getQueryData<{ state: string }[]>(['work', 'list', 'phone'])?.map(({ state }) => state),
    ).toEqual(['open', 'taken'])
  })

  it('sends nothing twice while one answer is under way', async () => {
    const { moves, sent } = phone(json(200, { id: 'w1' }))
    const first = moves.answer('take')
    expect(await moves.answer('take')).toBe(false)
    await first
    expect(sent).toHaveLength(1)
  })
})

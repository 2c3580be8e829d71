import { QueryClient, VueQueryPlugin, useQuery } from '@tanstack/vue-query'
import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { awaited, useSettled } from './settled'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

function page(answersAfterMs: number) {
  let settled!: ReturnType<typeof useSettled>
  const setup = () => {
    settled = useSettled()
    useQuery({
      queryKey: ['x'],
      queryFn: () => new Promise((done) => setTimeout(() => done(1), answersAfterMs)),
    })
    return () => h('i')
  }
  mount(defineComponent({ setup }), {
    global: { plugins: [[VueQueryPlugin, { queryClient: new QueryClient() }]] },
  })
  return settled
}

it('a page appears once everything it asked for is there', async () => {
  const settled = page(400)
  await vi.advanceTimersByTimeAsync(399)
  expect(settled.value).toBe(false)
  await vi.advanceTimersByTimeAsync(200)
  expect(settled.value).toBe(true)
})

it('on a slow line it appears anyway', async () => {
  const settled = page(60_000)
  await vi.advanceTimersByTimeAsync(3_999)
  expect(settled.value).toBe(false)
  await vi.advanceTimersByTimeAsync(1)
  expect(settled.value).toBe(true)
})

it('a panel that is on its way is waited for', async () => {
  const settled = page(10)
  void awaited(new Promise((done) => setTimeout(done, 900)))
  await vi.advanceTimersByTimeAsync(899)
  expect(settled.value).toBe(false)
  await vi.advanceTimersByTimeAsync(200)
  expect(settled.value).toBe(true)
})

it('a panel that never comes keeps nobody waiting', async () => {
  const settled = page(10)
  await expect(awaited(Promise.reject(new Error('gone')))).rejects.toThrow('gone')
  await vi.advanceTimersByTimeAsync(200)
  expect(settled.value).toBe(true)
})

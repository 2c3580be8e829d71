import type { Pages } from '@shared/api/pages'
import { expect, it } from 'vitest'
import { nextTick, reactive } from 'vue'
import { useWhole } from './useWhole'

function listOf(pages: number) {
  const list = reactive({
    came: 1,
    asked: 0,
    error: null as unknown,
    loadingMore: false,
    get hasMore(): boolean {
      return list.came < pages
    },
    more(): void {
      list.asked++
      list.loadingMore = true
    },
  })
  async function comes(error: unknown = null): Promise<void> {
    list.loadingMore = false
    list.error = error
    if (!error) list.came++
    await nextTick()
  }
  return { list, comes }
}

it('asks for page after page until nothing is left', async () => {
  const { list, comes } = listOf(3)
  useWhole(list as unknown as Pages<unknown>)
  expect(list.asked).toBe(1)
  await nextTick()
  await comes()
  expect([list.asked, list.hasMore]).toEqual([2, true])
  await comes()
  expect([list.asked, list.hasMore]).toEqual([2, false])
})

it('asks for nothing where all of it is there', () => {
  const { list } = listOf(1)
  useWhole(list as unknown as Pages<unknown>)
  expect(list.asked).toBe(0)
})

it('does not hammer on what fails, and goes on once it comes', async () => {
  const { list, comes } = listOf(3)
  useWhole(list as unknown as Pages<unknown>)
  await nextTick()
  await comes(new Error('no'))
  expect(list.asked).toBe(1)
  list.more()
  await nextTick()
  await comes()
  expect(list.asked).toBe(3)
})

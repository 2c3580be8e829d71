import { expect, it } from 'vitest'
import { pagesOf } from './notice'

const rows = (n: number, result: string | null = null) => Array.from({ length: n }, () => ({ result }))

it('keeps what fits on one page', () => {
  expect(pagesOf(rows(15)).map((page) => page.length)).toEqual([15])
  expect(pagesOf(rows(16)).map((page) => page.length)).toEqual([15, 1])
})

it('gives long results their room, and loses no row', () => {
  const long = rows(40, '填'.repeat(110))
  const pages = pagesOf(long)
  expect(pages.map((page) => page.length)).toEqual([6, 6, 6, 6, 6, 6, 4])
  expect(pages.flat()).toEqual(long)
})

it('puts a row longer than a page on a page of its own', () => {
  expect(pagesOf([...rows(1), ...rows(1, '填'.repeat(2000))]).map((page) => page.length)).toEqual([1, 1])
  expect(pagesOf([])).toEqual([])
})

// @vitest-environment node
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { earlySource, picked, sayer } from './early'

const root = resolve(import.meta.dirname, '../..')

it('the first page says what its own files name, and the title of every page', () => {
  const says = sayer(earlySource(root))
  expect(
    ['shared.product', 'app.tab.home', 'app.home.lunar_said', 'app.mend.title'].filter(says),
  ).toHaveLength(4)
  expect(says('app.mend.no_such_word')).toBe(false)
  expect(says('people.app.consents_none')).toBe(false)
})

it('a word is kept where it is named or where what it begins with is, and every other one is not', () => {
  const tree = { work: { state_open: '等人', state_done: '好了', late: '晚了' }, grid: { title: '网格' } }
  const says = sayer('t(`work.state_${state}`); t("grid.title")')
  expect(picked(tree, says)).toEqual({
    work: { state_open: '等人', state_done: '好了' },
    grid: { title: '网格' },
  })
  expect(picked(tree, (key) => !says(key))).toEqual({ work: { late: '晚了' } })
})

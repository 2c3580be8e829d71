import { expect, it } from 'vitest'
import { pagesOf, parts } from './search'

it.each([
  ['气象站 A01', 'a0', ['气象站 ', 'A0', '1']],
  ['农业-1125-05', '1125', ['农业-', '1125', '-05']],
  ['陈敏', '张', ['陈敏', '', '']],
  ['陈敏', '', ['陈敏', '', '']],
  ['人员账号', 'zh', ['人员', '账号', '']],
  ['农业-1125-05', 'NY', ['', '农业', '-1125-05']],
])('%s holds %s', (text, q, found) => {
  expect(parts(text, q)).toEqual(found)
})

it('finds pages by what they are called and by first letters', () => {
  const pages = [
    { to: '/work', name: '待办' },
    { to: '/alerts', name: '告警' },
    { to: '/devices', name: 'Devices' },
  ]
  const found = (q: string) => pagesOf(pages, q).map(({ to }) => to)
  expect(found('告')).toEqual(['/alerts'])
  expect(found('db')).toEqual(['/work'])
  expect(found('DEV')).toEqual(['/devices'])
  expect(found('zz')).toEqual([])
})

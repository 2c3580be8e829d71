import { expect, it } from 'vitest'
import { initials } from './pinyin'

it.each([
  ['告警', 'gj'],
  ['待办', 'db'],
  ['值班', 'zb'],
  ['设备', 'sb'],
  ['人员账号', 'ryzh'],
  ['组织', 'zz'],
  ['智慧农业', 'zhny'],
  ['审计', 'sj'],
  ['我的', 'wd'],
  ['钥匙', 'ys'],
  ['气象站 A01', 'qxz a01'],
  ['巴彦淖尔', 'byne'],
])('%s begins with %s', (text, letters) => {
  expect(initials(text)).toBe(letters)
})

import { expect, it } from 'vitest'
import { originOf } from './origin'

const STATION = '演示：重放北京怀柔站 2016 年夏天的实测；湿度由气温和露点推算；没有阵风和辐射。'

it.each([
  [STATION, '相对湿度', '湿度由气温和露点推算'],
  [STATION, '气温', null],
  ['演示：数值是编出来的，不是实测。', '10 厘米含水率', 'all'],
  ['', '气温', null],
])('%s says of %s: %s', (note, title, says) => {
  expect(originOf(note, title)).toBe(says)
})

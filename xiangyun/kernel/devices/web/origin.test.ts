import { expect, it } from 'vitest'
import { originOf } from './origin'

const derived = { from_what: '气温、露点', how: 'Magnus 公式' }
const station = {
  note: '演示：重放北京怀柔站 2016 年夏天的实测；没有阵风和辐射。',
  derived_metrics: { rel_humidity_pct: derived },
}
const probe = { note: '演示：数值是按那个夏天的天气编出来的，不是实测。', derived_metrics: {} }

it.each([
  [station, 'rel_humidity_pct', derived],
  [station, 'air_temp_c', null],
  [probe, 'soil_temp_c_10', 'made_up'],
] as const)('says of a number what it is', (device, metric, says) => {
  expect(originOf(device, metric)).toEqual(says)
})

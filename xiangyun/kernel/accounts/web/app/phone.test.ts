import { expect, it } from 'vitest'
import { machineOf } from './phone'

const AFTER = 'AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36'

it.each([
  [`Mozilla/5.0 (Linux; Android 12; HONOR X30) ${AFTER}`, 'android', 'HONOR X30'],
  [`Mozilla/5.0 (Linux; Android 10; M2004J7AC Build/QP1A.190711.020; wv) ${AFTER}`, 'android', 'M2004J7AC'],
  [`Mozilla/5.0 (Linux; Android 10; K) ${AFTER}`, 'android', ''],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15', 'iphone', ''],
  [`Mozilla/5.0 (Windows NT 10.0; Win64; x64) ${AFTER}`, 'windows', ''],
  ['curl/8.0', 'other', ''],
])('%s', (label, kind, model) => {
  expect(machineOf(label)).toEqual({ kind, model })
})

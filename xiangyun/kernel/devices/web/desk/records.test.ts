import { describe, expect, it } from 'vitest'
import { recordsOf } from './records'

const one = (n: number) => ({ ts: 1790654400000 + n, values: { air_temp_c: 20 + n, note: 'a } in "words"' } })

describe('the records of a body', () => {
  it('are one for a single record', () => {
    expect(recordsOf('{"air_temp_c":1.5}')).toEqual({
      records: [{ lines: ['{', ' "air_temp_c": 1.5', '}'], ts: null }],
      isCut: false,
    })
  })
  it('are as many as the list holds', () => {
    const { records, isCut } = recordsOf(JSON.stringify([one(0), one(1)]))
    expect([records.map(({ ts }) => ts), isCut]).toEqual([[one(0).ts, one(1).ts], false])
  })
  it('are the whole ones where the end was not kept', () => {
    const { records, isCut } = recordsOf(JSON.stringify([one(0), one(1), one(2)]).slice(0, -20))
    expect([records.map(({ ts }) => ts), isCut]).toEqual([[one(0).ts, one(1).ts], true])
  })
  it('are none in what is no JSON', () => {
    expect(recordsOf('temp=20;hum=50')).toEqual({ records: [], isCut: false })
  })
})

import { expect, it } from 'vitest'
import { changed, lineOf, linesOf, missing, read, type Reading } from './facts'

const HOME = '0198c0de-3333-7333-8333-333333333301'
const WIFE = '0198c0de-3333-7333-8333-333333333302'
const GRID = '15.08.02.100.201.g01'
const WORDS: Record<string, string> = {
  yes: '是',
  no: '不是',
  unnamed: '不知道名字',
  'fact.words': '怎么回事',
}
const PACK = {
  forms: [
    {
      code: 'people.add_household',
      facts: { area: '村', grid: '网格', head: '户主', water: '吃水' },
      lists: { water: 'water', relation: 'kinship' },
    },
    { code: 'people.add_resident', facts: { relation: '关系', born_on: '出生日期', name: '姓名' } },
    {
      code: 'grid.visit',
      facts: { outcome: '怎么样' },
      choices: { outcome: { met: '见到了', away: '没人' } },
    },
    { code: 'grid.report', facts: {}, lists: { category: 'categories' } },
  ],
  codes: [
    { id: 'water', codes: [{ code: '1', zh: '自来水', en: 'Piped' }] },
    { id: 'kinship', codes: [{ code: '02', zh: '户主', en: 'Head' }] },
  ],
  categories: [{ code: 'wire', name: '电线断了' }],
  households: [
    {
      id: HOME,
      area: '15.08.02.100.201',
      area_name: '迎丰村',
      grid: GRID,
      grid_name: '一网格',
      members: [
        { id: WIFE, name: { masked: '王**' }, is_head: false },
        { id: 'x', name: '王二成', is_head: true },
      ],
    },
  ],
}
const aReading = (form: string, changes: Partial<Reading> = {}): Reading => ({
  form,
  pack: PACK as never,
  shown: {},
  isEnglish: false,
  date: (day) => `${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`,
  say: (key) => WORDS[key] ?? null,
  ...changes,
})

it.each([
  ['18.5', 14, 18.5],
  ['1,200', 14, 1200],
  ['十八亩', 14, '十八亩'],
  ['', 14, null],
  [' 迎丰村 ', '', '迎丰村'],
  ['18', 'x', '18'],
  ['false', true, false],
  ['{}', { a: 1 }, { a: 1 }],
  ['words', null, 'words'],
])('%j typed where %j stood means %j', (words, before, after) => {
  expect(read(words, before)).toEqual(after)
})

it('says a whole new home in words, whoever stands in it', () => {
  const head = { id: WIFE, name: '李四', relation: '02', born_on: '2026-09-01' }
  const lines = linesOf(
    { area: '15.08.02.100.201', grid: GRID, water: '1', head },
    aReading('people.add_household'),
  )
  expect(lines.map(({ path, label, words, kind }) => [path, label, words, kind])).toEqual([
    ['area', '村', '迎丰村', 'fixed'],
    ['grid', '网格', '迎丰村一网格', 'fixed'],
    ['water', '吃水', '自来水', 'choice'],
    ['head.name', '户主·姓名', '李四', 'text'],
    ['head.relation', '户主·关系', '户主', 'choice'],
    ['head.born_on', '户主·出生日期', '9月1日', 'day'],
  ])
})

it.each([
  ['people.add_household', 'water', '1', { isEnglish: true }, 'Piped'],
  ['people.add_household', 'water', '9', {}, '9'],
  ['people.leave_home', 'head', WIFE, {}, '王**'],
  ['people.leave_home', 'household', HOME, {}, '王二成'],
  ['people.leave_home', 'household', WIFE.replace('2', '9'), {}, '不知道名字'],
  ['grid.visit', 'outcome', 'away', {}, '没人'],
  ['grid.report', 'category', 'wire', {}, '电线断了'],
  ['grid.report', 'category', 'wire', { pack: null, shown: { category: '电线' } }, '电线'],
  ['grid.report', 'point', [107.3, 40.9], {}, '107.3, 40.9'],
  ['people.change_household', 'has_broadband', false, {}, '不是'],
  ['people.change_household', 'number', '2026-13-40', {}, '2026-13-40'],
  ['people.change_household', 'number', '', {}, '—'],
  ['people.change_household', 'number', 0, {}, '0'],
] as const)('%s: %s %j is said as it is called', (form, fact, value, changes, words) => {
  expect(lineOf(fact, value, aReading(form, changes)).words).toBe(words)
})

it('what was said in words is only read where there is no list to choose from', () => {
  const shown = { category: '电线' }
  const kind = (changes: Partial<Reading>) =>
    lineOf('category', 'wire', aReading('grid.report', { shown, ...changes })).kind
  expect([kind({}), kind({ pack: null }), kind({ pack: null, shown: {} })]).toEqual([
    'choice',
    'fixed',
    'text',
  ])
})

it('names a fact by its own form, by another, by the page, and at last by its code', () => {
  const label = (fact: string, changes: Partial<Reading> = {}) =>
    lineOf(fact, '', aReading('people.add_household', changes)).label
  expect([label('water'), label('born_on'), label('words'), label('size_mu')]).toEqual([
    '吃水',
    '出生日期',
    '怎么回事',
    'size_mu',
  ])
  expect(label('water', { pack: null })).toBe('water')
})

it('what is missing can be written where it has a name, and is put where it belongs', () => {
  const facts = { area: 'x', head: { name: '李四' } }
  const faults = ['head.born_on', 'head.name', 'head', 'nobody.knows', '']
  expect(missing(facts, faults, aReading('people.add_household'))).toEqual(['head.born_on'])
  expect(lineOf('head.born_on', null, aReading('people.add_household')).kind).toBe('day')
  expect(changed(facts, 'head.born_on', '1980-01-01')).toEqual({
    area: 'x',
    head: { name: '李四', born_on: '1980-01-01' },
  })
  expect(facts.head).toEqual({ name: '李四' })
})

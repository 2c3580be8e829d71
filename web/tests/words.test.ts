/** Every language has every word, every word used exists, every word kept is used. */
import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

import { widen } from '../scripts/widen'
import { catalogues, languages, type Tree } from '../scripts/words-plugin'

const root = resolve(import.meta.dirname, '../..')

function flat(tree: Tree, prefix: string): [string, string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' ? [[`${prefix}.${key}`, value]] : flat(value, `${prefix}.${key}`),
  )
}

function all(language: string): Map<string, string> {
  return new Map(
    catalogues(root, language).flatMap(({ file, name }) =>
      flat(JSON.parse(readFileSync(file, 'utf8')) as Tree, name),
    ),
  )
}

const source = globSync(['web/**/*.{ts,vue}', 'xiangyun/{kernel,modules}/*/web/**/*.{ts,vue}'], { cwd: root })
  .filter((file) => !file.startsWith('web/dist') && !file.endsWith('.test.ts'))
  .map((file) => readFileSync(resolve(root, file), 'utf8'))
  .join('\n')
const zh = all('zh-Hans')
const rooms = new Set([...zh.keys()].map((key) => key.split('.')[0]))

describe('the words', () => {
  it.each(languages(root))('%s is complete', (language) => {
    expect([...all(language).keys()].sort()).toEqual([...zh.keys()].sort())
  })

  it('are never empty', () => {
    for (const language of languages(root))
      expect([...all(language)].filter(([, words]) => !words.trim()).map(([key]) => key)).toEqual([])
  })

  it('use the same names in every language', () => {
    const names = (words: string) => [...new Set(words.match(/\{\w+\}/g) ?? [])].sort().join()
    for (const language of languages(root))
      expect(
        [...all(language)]
          .filter(([key, words]) => {
            // a plural may leave its number out: "one row"
            const own = names(words).replace('{n}', '')
            return own !== names(zh.get(key) ?? '').replace('{n}', '')
          })
          .map(([key]) => `${language} ${key}`),
      ).toEqual([])
  })

  it('exist for every key that the pages name', () => {
    const named = [...source.matchAll(/['"`]([a-z_]+(?:\.[a-z0-9_]+)+)['"`]/g)].map(
      ([, key]) => key as string,
    )
    const asked = [...source.matchAll(/\bt\(\s*['"]([^'"]+)['"]/g)].map(([, key]) => key as string)
    const missing = new Set([
      ...asked.filter((key) => !zh.has(key)),
      ...named.filter((key) => rooms.has(key.split('.')[0]) && !zh.has(key) && asked.includes(key)),
    ])
    expect([...missing]).toEqual([])
  })

  it('are used', () => {
    // what a template string or a sum begins with: `devices.state.${state}`, 'devices.desk.span_' + span
    const prefixes = [...source.matchAll(/[`'"]([a-z_]+\.[a-z0-9_.]*)(?:\$\{|['"]\s*\+)/g)].map(
      ([, prefix]) => prefix as string,
    )
    const unused = [...zh.keys()].filter(
      (key) =>
        key !== 'shared.language' &&
        !source.includes(`'${key}'`) &&
        !source.includes(`"${key}"`) &&
        !prefixes.some((prefix) => key.startsWith(prefix)),
    )
    expect(unused).toEqual([])
  })

  it('keep full-width punctuation', () => {
    const wrong = [...zh].filter(([, words]) => widen(words) !== words)
    expect(wrong.map(([key, words]) => `${key}: ${words}`)).toEqual([])
  })
})

it.each([
  ['WGS-84;选了村', 'WGS-84；选了村'],
  ['CSV,表头 source,issued_at,再加', 'CSV，表头 source,issued_at，再加'],
  ['密码;7 天', '密码；7 天'],
  ['共 {n} 条, {m} 条', '共 {n} 条，{m} 条'],
  ['{place},{name}在办', '{place}，{name}在办'],
  ['代码 150802100000(狼山镇)', '代码 150802100000（狼山镇）'],
  ['开头 2,000 字节,08:00 到', '开头 2,000 字节，08:00 到'],
  ['One, two; three', 'One, two; three'],
])('%s is written %s', (given, written) => {
  expect(widen(given)).toBe(written)
})

/** `npm run words`: gives Chinese catalogues the full-width punctuation that keyboards and tools lose. */
import { globSync, readFileSync, writeFileSync } from 'node:fs'

const WIDE = { ',': '\uff0c', ';': '\uff1b', ':': '\uff1a', '?': '\uff1f', '!': '\uff01' }
const HAN = '\\u4e00-\\u9fff\\u3002\\u3001\\u201c\\u201d\\uff09%}'

function widen(words) {
  return words
    .replace(new RegExp(`(?<=[${HAN}])\\s?([,;:?!])\\s?(?!\\d)`, 'g'), (_all, mark) => WIDE[mark])
    .replace(new RegExp(`(?<=[${HAN}])([,;])\\s?(?=\\d)`, 'g'), (_all, mark) => WIDE[mark])
    .replace(new RegExp(`\\(([^()]*[\\u4e00-\\u9fff][^()]*)\\)`, 'g'), '\uff08$1\uff09')
    .replace(/(?<=[\u4e00-\u9fff])\(([^()]*)\)/g, '\uff08$1\uff09')
}

function walk(tree) {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, typeof value === 'string' ? widen(value) : walk(value)]),
  )
}

const files = globSync(['web/*/words/zh-Hans.json', 'xiangyun/{kernel,modules}/*/web/words/zh-Hans.json'])
for (const file of files) {
  const old = readFileSync(file, 'utf8')
  const next = `${JSON.stringify(walk(JSON.parse(old)), null, 2)}\n`
  if (JSON.stringify(JSON.parse(old)) !== JSON.stringify(JSON.parse(next))) {
    writeFileSync(file, next)
    console.log(file)
  }
}

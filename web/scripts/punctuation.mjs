/** `npm run words`: gives all Chinese catalogues, the server’s too, the full-width punctuation that keyboards and tools lose. */
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { widen } from './widen.ts'

function walk(tree) {
  return Object.fromEntries(
    Object.entries(tree).map(([key, value]) => [key, typeof value === 'string' ? widen(value) : walk(value)]),
  )
}

const files = globSync([
  'web/*/words/zh-Hans.json',
  'xiangyun/{kernel,modules}/*/web/words/zh-Hans.json',
  'xiangyun/{kernel,modules}/*/words/zh-Hans.json',
  'xiangyun/{base,entry}/words/zh-Hans.json',
])
for (const file of files) {
  const old = readFileSync(file, 'utf8')
  const next = `${JSON.stringify(walk(JSON.parse(old)), null, 2)}\n`
  if (JSON.stringify(JSON.parse(old)) !== JSON.stringify(JSON.parse(next))) {
    writeFileSync(file, next)
    console.log(file)
  }
}

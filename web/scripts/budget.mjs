/** The JS a villager's phone loads for the first page after login, gzipped; fails above the budget. `--json` for benches. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { resolve } from 'node:path'

const LIMIT_KB = 150
const dist = resolve(import.meta.dirname, '../dist')
const manifest = JSON.parse(readFileSync(resolve(dist, '.vite/manifest.json'), 'utf8'))

/** What the first page loads by itself: the shell, the words of one language, everything kept in a folder `app/home/`. */
const roots = Object.keys(manifest).filter(
  (key) =>
    key === 'web/app.html' || /virtual:words\/app\/zh-Hans$/.test(key) || /(^|\/)app\/home\//.test(key),
)
const seen = new Set()
function walk(key) {
  if (seen.has(key)) return
  seen.add(key)
  for (const next of manifest[key]?.imports ?? []) walk(next)
}
roots.forEach(walk)

const sizes = [...new Set([...seen].map((key) => manifest[key].file))]
  .filter((file) => file.endsWith('.js'))
  .map((file) => [file, gzipSync(readFileSync(resolve(dist, file)), { level: 9 }).length / 1000])
const total = sizes.reduce((sum, [, kb]) => sum + kb, 0)
const hasWords = roots.some((key) => key.includes('virtual:words'))

if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ app_home_js_gzip_kb: Number(total.toFixed(1)), limit_kb: LIMIT_KB }))
} else {
  for (const [file, kb] of sizes.sort((a, b) => b[1] - a[1]))
    console.log(`${kb.toFixed(1).padStart(7)} kB  ${file}`)
  console.log(`${total.toFixed(1).padStart(7)} kB  villager home after login (limit ${LIMIT_KB})`)
}
if (!hasWords) {
  console.error('the words of the app are not in the manifest: the sum would be too small')
  process.exit(1)
}
if (total > LIMIT_KB) process.exit(1)

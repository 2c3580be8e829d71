/** What of the build the phone keeps for the days without signal: all that the app can reach, nothing of desk and wall. */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

interface Chunk {
  file: string
  imports?: string[]
  dynamicImports?: string[]
  css?: string[]
}

/** Pages of a feature that only another shell opens: the feature names them all, the app never asks for these. */
const FOREIGN = /(?:^|\/)(?:desk|screen)\//
/** Not of the build, but of the app. */
const BESIDE = ['app.html', 'app.json', 'icon.svg']

/** Files below `dist`, from the entry of the app through every import. */
export function filesOfApp(manifest: Record<string, Chunk>): Set<string> {
  const seen = new Set<string>()
  const files = new Set(BESIDE)
  const walk = (key: string): void => {
    const chunk = manifest[key]
    if (!chunk || seen.has(key)) return
    seen.add(key)
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file)
    chunk.imports?.forEach(walk)
    chunk.dynamicImports?.filter((next) => !FOREIGN.test(next)).forEach(walk)
  }
  walk('web/app.html')
  return files
}

/** For the plugin that writes the service worker: keeps what the app can reach. */
export function onlyTheApp<Entry extends { url: string }>(root: string) {
  return (entries: Entry[]) => {
    const told = readFileSync(resolve(root, 'web/dist/.vite/manifest.json'), 'utf8')
    const files = filesOfApp(JSON.parse(told) as Record<string, Chunk>)
    return { manifest: entries.filter(({ url }) => files.has(url)), warnings: [] }
  }
}

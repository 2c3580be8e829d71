/** What the first page of the app says by itself: the words its files name. All other words come after it. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Tree } from './words-plugin'

/** The start of the app, and what features draw on its first page: everything kept in a folder `app/home/`. */
const ROOTS = [
  'web/app/main.ts',
  'web/app/home/*.{ts,vue}',
  'xiangyun/{kernel,modules}/*/web/feature.ts',
  'xiangyun/{kernel,modules}/*/web/app/home/*.{ts,vue}',
]
/** These name every page and panel there is: what they load later, words are loaded for later. */
const LATER = /(?:^|\/)(?:feature|routes)\.ts$/
const STATIC = /(?:from|import)\s*['"]([^'"]+)['"]/g
const DYNAMIC = /import\(\s*['"]([^'"]+)['"]\s*\)/g

/** The source of all files the first page runs, one after another. */
export function earlySource(root: string): string {
  const seen = new Map<string, string>()
  const walk = (file: string): void => {
    if (seen.has(file) || file.endsWith('.test.ts')) return
    const source = readFileSync(file, 'utf8')
    seen.set(file, source)
    const named = [...source.matchAll(STATIC), ...(LATER.test(file) ? [] : source.matchAll(DYNAMIC))]
    for (const [, name = ''] of named) {
      const next = fileOf(root, file, name)
      if (next) walk(next)
    }
  }
  globSync(ROOTS, { cwd: root }).forEach((file) => walk(resolve(root, file)))
  return [...seen.values()].join('\n')
}

function fileOf(root: string, from: string, name: string): string | undefined {
  const path = name.startsWith('@shared/')
    ? resolve(root, 'web/shared', name.slice('@shared/'.length))
    : name.startsWith('.')
      ? resolve(dirname(from), name)
      : null
  if (!path) return undefined
  return [path, `${path}.ts`].find((file) => /\.(?:ts|vue)$/.test(file) && existsSync(file))
}

/** Whether some source may say a key: it names it, or names what it begins with (`work.state_${state}`). */
export function sayer(source: string): (key: string) => boolean {
  const named = new Set([...source.matchAll(/['"`]([a-z_]+(?:\.[a-z0-9_]+)+)['"`]/g)].map(([, key]) => key))
  const begun = [...source.matchAll(/[`'"]([a-z_]+\.[a-z0-9_.]*)(?:\$\{|['"]\s*\+)/g)].map(
    ([, start]) => start as string,
  )
  return (key) => named.has(key) || begun.some((start) => key.startsWith(start))
}

/** The branches of a tree whose keys are wanted. */
export function picked(tree: Tree, isWanted: (key: string) => boolean, above = ''): Tree {
  const kept: Tree = {}
  for (const [name, value] of Object.entries(tree)) {
    const key = above ? `${above}.${name}` : name
    if (typeof value === 'string') {
      if (isWanted(key)) kept[name] = value
      continue
    }
    const below = picked(value, isWanted, key)
    if (Object.keys(below).length) kept[name] = below
  }
  return kept
}

/**
 * `virtual:words/<shell>`: every language found on disk, merged for one shell and compiled to plain data. The app's come in
 * two parts: what its first page says, and the rest.
 */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { generateJSON } from '@intlify/bundle-utils'
import type { Plugin } from 'vite'
import { earlySource, picked, sayer } from './early.ts'

export type Tree = { [key: string]: string | Tree }

const SHELLS = ['desk', 'app', 'screen', 'chooser']
const PREFIX = 'virtual:words/'
/** The shell that people open on a slow line. */
const IN_PARTS = 'app'

/** Languages are what stands in web/shared/words: a third one is a file, not code. */
export function languages(root: string): string[] {
  return globSync('web/shared/words/*.json', { cwd: root })
    .map((file) => basename(file, '.json'))
    .sort((a, b) => Number(b === 'zh-Hans') - Number(a === 'zh-Hans') || a.localeCompare(b))
}

export interface Catalogue {
  file: string
  /** The first part of every key that comes from this file. */
  name: string
  feature: boolean
}

/** Every catalogue of one language: shared, the shells, the features. */
export function catalogues(root: string, language: string): Catalogue[] {
  const shells = ['shared', ...SHELLS].map((name) => ({
    file: resolve(root, `web/${name}/words/${language}.json`),
    name,
    feature: false,
  }))
  const features = globSync(`xiangyun/{kernel,modules}/*/web/words/${language}.json`, { cwd: root }).map(
    (file) => ({ file: resolve(root, file), name: file.split('/').at(-4) ?? file, feature: true }),
  )
  return [...shells, ...features].filter((one) => existsSync(one.file))
}

/** What one shell needs: shared words, its own, and of each feature everything but the other shells' part. */
function merged(root: string, shell: string, language: string): { tree: Tree; files: string[] } {
  const tree: Tree = {}
  const files: string[] = []
  for (const { file, name, feature } of catalogues(root, language)) {
    if (!feature && name !== 'shared' && name !== shell) continue
    if (feature && shell === 'chooser') continue
    const words = JSON.parse(readFileSync(file, 'utf8')) as Tree
    files.push(file)
    tree[name] = feature
      ? Object.fromEntries(Object.entries(words).filter(([key]) => key === shell || !SHELLS.includes(key)))
      : words
  }
  return { tree, files }
}

export function words(root: string): Plugin {
  return {
    name: 'words',
    resolveId: (id) => (id.startsWith(PREFIX) ? `\0${id}` : null),
    load(id) {
      if (!id.startsWith(`\0${PREFIX}`)) return null
      const [shell = '', language, part] = id.slice(PREFIX.length + 1).split('/')
      if (!language) {
        const loaders = languages(root).map((one) => {
          const file = `web/shared/words/${one}.json`
          const own = JSON.parse(readFileSync(resolve(root, file), 'utf8')) as Tree
          const parts = [`load: () => import(${JSON.stringify(`${PREFIX}${shell}/${one}`)})`]
          if (shell === IN_PARTS)
            parts.push(`rest: () => import(${JSON.stringify(`${PREFIX}${shell}/${one}/rest`)})`)
          return `${JSON.stringify(one)}: { name: ${JSON.stringify(own.language)}, ${parts.join(', ')} }`
        })
        return `export default { ${loaders.join(', ')} }`
      }
      const { tree, files } = merged(root, shell, language)
      for (const file of files) this.addWatchFile(file)
      const isEarly = shell === IN_PARTS ? sayer(earlySource(root)) : () => true
      const own = picked(tree, part ? (key) => !isEarly(key) : isEarly)
      return generateJSON(JSON.stringify(own), {
        type: 'plain',
        env: 'production',
        jit: true,
        strictMessage: false,
      }).code
    },
    handleHotUpdate({ file, server }) {
      if (!/\/words\/[^/]+\.json$/.test(file)) return
      for (const [id, module] of server.moduleGraph.idToModuleMap)
        if (id.startsWith(`\0${PREFIX}`)) server.moduleGraph.invalidateModule(module)
      server.ws.send({ type: 'full-reload' })
    },
  }
}

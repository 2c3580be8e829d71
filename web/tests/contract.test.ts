/** Every address the pages ask stands in the server's own description, with its method. */
// @vitest-environment node
import { globSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const { paths } = JSON.parse(readFileSync(resolve(root, 'web/shared/api/openapi.json'), 'utf8')) as {
  paths: Record<string, Record<string, unknown>>
}
const METHODS: Record<string, string> = { remove: 'delete' }
/** Streams are no part of a request-and-answer description. */
const STREAMS = ['/api/live']

const asked = globSync(
  ['web/{shared,desk,app,screen,chooser}/**/*.{ts,vue}', 'xiangyun/*/*/web/**/*.{ts,vue}'],
  {
    cwd: root,
  },
)
  .filter((file) => !file.endsWith('.test.ts') && !file.endsWith('.d.ts'))
  .flatMap((file) => {
    const source = readFileSync(resolve(root, file), 'utf8').replaceAll(/\/\*\*.*?\*\//gs, '')
    const calls = [
      ...source.matchAll(/\b(get|post|put|patch|remove)(?:<[^()]*>)?\(\s*['"`](\/api\/[^'"`?]*)/g),
    ]
    const others = [...source.matchAll(/['"`](\/api\/[^'"`?]*)/g)]
    return [
      ...calls.map(([, method = '', url = '']) => ({ file, url, method: METHODS[method] ?? method })),
      ...others.map(([, url = '']) => ({ file, url, method: null })),
    ]
  })

/** `{…}` stands for one segment, whatever its name; `{move}` for one of several verbs. */
function known(url: string, method: string | null): boolean {
  const segments = url.split('/')
  return Object.entries(paths).some(([path, methods]) => {
    const wanted = path.split('/')
    return (
      (!method || method in methods) &&
      wanted.length === segments.length &&
      wanted.every((one, n) => one === segments[n] || segments[n]?.startsWith('{'))
    )
  })
}

it('the pages ask for nothing that is not described', () => {
  const unknown = asked.filter(({ url, method }) => !STREAMS.includes(url) && !known(url, method))
  expect(asked.length).toBeGreaterThan(20)
  expect(unknown.map(({ file, url, method }) => `${file}: ${method ?? ''} ${url}`)).toEqual([])
})

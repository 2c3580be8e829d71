/** What a phone says it runs: the version of this tree and, where it is a clone, the commit it was built from. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'

export function release(root: string): string {
  const told = readFileSync(resolve(root, 'pyproject.toml'), 'utf8')
  const [, version = ''] = /^version = "([^"]+)"$/m.exec(told) ?? []
  try {
    const commit = execFileSync('git', ['rev-parse', '--short=8', 'HEAD'], {
      cwd: root,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return `${version}+${commit.trim()}`
  } catch {
    return version
  }
}

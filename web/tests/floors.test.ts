/** The floors of the front end, each law seen to fail on a planted import. */
// @vitest-environment node
import { resolve } from 'node:path'
import { ESLint } from 'eslint'
import { describe, expect, it } from 'vitest'

const root = resolve(import.meta.dirname, '../..')
const eslint = new ESLint({ cwd: root })

async function refused(file: string, code: string): Promise<string[]> {
  const [result] = await eslint.lintText(`${code}\n`, { filePath: resolve(root, file) })
  return (result?.messages ?? [])
    .filter(({ ruleId }) => ruleId === 'xiangyun/floors')
    .map(({ message }) => message)
}

describe('the floors', () => {
  it.each([
    ['web/shared/ui/planted.ts', "import '../../desk/routes'"],
    ['web/shared/ui/planted.ts', "import '/xiangyun/kernel/devices/web/feature'"],
    ['web/shared/planted.ts', "export const page = () => import('../../xiangyun/kernel/devices/web/api')"],
    ['xiangyun/kernel/alerts/web/planted.ts', "import '../../devices/web/api'"],
    [
      'xiangyun/modules/agriculture/web/desk/planted.ts',
      "export * from '../../../../kernel/devices/web/api'",
    ],
    ['xiangyun/kernel/alerts/web/planted.ts', "import '/web/desk/routes'"],
    ['web/app/planted.ts', "import '../desk/routes'"],
  ])('%s may not %s', async (file, code) => {
    expect(await refused(file, code)).toHaveLength(1)
  })

  it.each([
    ['xiangyun/kernel/alerts/web/planted.ts', "import { get } from '@shared/api/client'\nget('/')"],
    ['xiangyun/kernel/alerts/web/desk/planted.ts', "import '../api'"],
    ['web/desk/planted.ts', "import '/xiangyun/kernel/devices/web/feature'"],
    ['web/shared/ui/planted.ts', "import '../words/time'"],
  ])('%s may %s', async (file, code) => {
    expect(await refused(file, code)).toEqual([])
  })
})

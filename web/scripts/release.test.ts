// @vitest-environment node
import { resolve } from 'node:path'
import { expect, it } from 'vitest'
import { release } from './release'

it('a build says which version it is', () => {
  expect(release(resolve(import.meta.dirname, '../..'))).toMatch(/^\d+\.\d+\.\d+(?:\+[0-9a-f]{8})?$/)
})

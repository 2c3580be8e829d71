/** ESLint rule: shared never looks up, a feature never looks at another feature or at a shell. */
import { dirname, resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')

/** Which floor a file stands on: ['shared'], ['feature', 'devices'], ['shell', 'desk'] or null. */
function floorOf(file) {
  const path = file.slice(root.length + 1)
  const feature = /^xiangyun\/(?:kernel|modules)\/([^/]+)\/web\//.exec(path)
  if (feature) return ['feature', feature[1]]
  if (path.startsWith('web/shared/')) return ['shared', 'shared']
  const shell = /^web\/(desk|app|screen|chooser)\//.exec(path)
  return shell ? ['shell', shell[1]] : null
}

function target(specifier, from) {
  if (specifier.startsWith('@shared/')) return resolve(root, 'web/shared', specifier.slice('@shared/'.length))
  if (specifier.startsWith('.')) return resolve(dirname(from), specifier)
  if (/^\/(web|xiangyun)\//.test(specifier)) return resolve(root, specifier.slice(1))
  return null
}

function refusal([floor, name], [otherFloor, otherName]) {
  if (floor === 'shared' && otherFloor !== 'shared') return 'shared never imports a feature or a shell'
  if (floor === 'feature' && otherFloor === 'shell') return 'a feature never imports a shell'
  if (floor === 'feature' && otherFloor === 'feature' && name !== otherName)
    return 'features are strangers: a feature never imports another feature'
  if (floor === 'shell' && otherFloor === 'shell' && name !== otherName)
    return 'shells never import each other'
  return null
}

export const floors = {
  meta: { type: 'problem', schema: [], messages: { floor: '{{why}} ({{specifier}})' } },
  create(context) {
    const here = floorOf(context.filename)
    if (!here) return {}
    const check = (node, source) => {
      if (!source || typeof source.value !== 'string') return
      const file = target(source.value, context.filename)
      const there = file && floorOf(file)
      const why = there && refusal(here, there)
      if (why) context.report({ node, messageId: 'floor', data: { why, specifier: source.value } })
    }
    return {
      ImportDeclaration: (node) => check(node, node.source),
      ExportNamedDeclaration: (node) => check(node, node.source),
      ExportAllDeclaration: (node) => check(node, node.source),
      ImportExpression: (node) => check(node, node.source),
    }
  },
}

/** The routing table as it is read: every kind and level has a line, the town's own or what the kind does by itself. */
import type { Route, RouteChoices, RouteKind } from '../api'

/** One line of the table; without `route` it is what the kind does where the town says nothing. */
export interface Line {
  key: string
  kind: string
  kindName: string
  level: string
  levelName: string
  role: string | null
  roleName: string | null
  route: Route | null
  /** The first of its kind: the name of the kind stands once. */
  isFirst: boolean
}

/** Address of the line a kind has by itself at a level. */
export const ownKey = (kind: string, level: string): string => `${kind}~${level}`

/** All lines, kind by kind and level by level; what speaks of one category stands before what speaks of any. */
export function linesOf(choices: RouteChoices, routes: readonly Route[], today: string): Line[] {
  const known = new Set(choices.kinds.map(({ kind }) => kind))
  const lines = choices.kinds.flatMap((kind) => linesOfKind(kind, routes, today))
  // A module that was switched off leaves its lines behind: they are shown, and can be ended.
  const rest = routes.filter(({ kind }) => !known.has(kind)).map((route) => lineOf(route, route.level))
  return [...lines, ...rest].map((line, at, all) => ({ ...line, isFirst: line.kind !== all[at - 1]?.kind }))
}

function linesOfKind(kind: RouteKind, routes: readonly Route[], today: string): Line[] {
  return kind.levels.flatMap(({ level, name, role, role_name }) => {
    const own = routes
      .filter((route) => route.kind === kind.kind && route.level === level)
      .sort(inOrder)
      .map((route) => lineOf(route, name))
    const holds = own.some(({ route }) => route && !route.category && route.valid_from <= today)
    const itself: Line = {
      key: ownKey(kind.kind, level),
      kind: kind.kind,
      kindName: kind.name,
      level,
      levelName: name,
      role,
      roleName: role_name,
      route: null,
      isFirst: false,
    }
    return holds ? own : [...own, itself]
  })
}

const lineOf = (route: Route, levelName: string): Line => ({
  key: route.id,
  kind: route.kind,
  kindName: route.kind_name,
  level: route.level,
  levelName,
  role: route.role,
  roleName: route.role_name,
  route,
  isFirst: false,
})

function inOrder(a: Route, b: Route): number {
  return (
    Number(a.category === '') - Number(b.category === '') ||
    a.category.localeCompare(b.category) ||
    b.area.length - a.area.length ||
    a.order - b.order ||
    a.valid_from.localeCompare(b.valid_from)
  )
}

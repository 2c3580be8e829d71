/** The ground of one's own town behind points and outlines: fetched once, drawn in whatever projection a map has. */
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { get } from '../api/client'
import { useSession } from '../session/session'
import type { Shape, TownMap } from './land'
import { path, type XY } from './plane'
import type { LonLat } from './projection'

const LINES = new Set(['main_canal', 'branch_canal', 'lateral_canal', 'drain', 'main_drain', 'road'])

export function useGround() {
  const { session } = useSession()
  const town = computed(() => session.value?.town ?? '')
  const { data } = useQuery({
    queryKey: ['areas', 'map', town],
    queryFn: () => get<TownMap>('/api/areas/{path}/map', { path: { path: town.value } }),
    enabled: () => town.value !== '',
    staleTime: Infinity,
  })
  return computed<readonly Shape[]>(() => data.value?.features ?? [])
}

/** `d` of all fields as one, and of each water and road. */
export function groundOf(shapes: readonly Shape[], xy: (at: LonLat) => XY) {
  return {
    fields: shapes
      .flatMap(({ properties, geometry }) =>
        properties.kind === 'plot' && geometry.type === 'Polygon'
          ? [path((geometry.coordinates[0] ?? []).map(xy), true)]
          : [],
      )
      .join(''),
    lines: shapes.flatMap(({ properties, geometry }) =>
      LINES.has(properties.kind) && geometry.type === 'LineString'
        ? [{ kind: properties.kind === 'road' ? 'road' : 'water', d: path(geometry.coordinates.map(xy)) }]
        : [],
    ),
  }
}

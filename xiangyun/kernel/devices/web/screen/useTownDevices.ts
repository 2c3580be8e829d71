/** Every device of the town on the wall, live. */
import { get, type Page } from '@shared/api/client'
import { useLive } from '@shared/live/live'
import { may } from '@shared/session/session'
import { usePlace } from '@shared/wall/place'
import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { useThrottleFn } from '@vueuse/core'
import { computed } from 'vue'
import { listDevices, type Device, type OpenAlert } from '../api'

const MOST_PAGES = 10

async function all(area: string): Promise<Device[]> {
  const found: Device[] = []
  let cursor: string | undefined
  for (let n = 0; n < MOST_PAGES; n++) {
    const page = await listDevices({ area, limit: 200, cursor })
    found.push(...page.items)
    if (!page.next) break
    cursor = page.next
  }
  return found
}

export function useTownDevices() {
  const { town } = usePlace()
  const { data } = useQuery({
    queryKey: ['devices', 'list', 'wall', town],
    enabled: () => town.value !== '',
    queryFn: () => all(town.value),
    refetchInterval: 60_000,
    select: (devices) => devices.filter(({ state }) => state !== 'revoked'),
  })
  // a record of a device that was not heard before is news of the device, not only of its readings
  const cache = useQueryClient()
  const again = useThrottleFn(() => cache.invalidateQueries({ queryKey: ['devices', 'list'] }), 1_000, true)
  useLive(['record'], ({ device }) => {
    const known = data.value?.find(({ id }) => id === device)
    if (device && known?.state !== 'reporting') void again()
  })
  return computed(() => data.value)
}

/** Devices on which an alert is open. */
export function useAlerted() {
  const { town } = usePlace()
  const { data } = useQuery({
    queryKey: ['alerts', 'list', 'rings', town],
    enabled: () => town.value !== '' && may('alerts.see_alert'),
    queryFn: () =>
      get<Page<OpenAlert & { device: string | null }>>('/api/alerts', {
        query: { state: 'open', kind: 'alert', limit: 200 },
      }),
    select: ({ items }) => new Set(items.map(({ device }) => device)),
  })
  return computed(() => data.value ?? new Set<string | null>())
}

/** What the strip and the outbox say, counted from what stands on the phone. */
import { isUnsent } from '@shared/offline/holds'
import { isFree } from '@shared/offline/line'
import type { FileRow } from '@shared/offline/store'
import { anyLine, keepSending, kept, phone } from '@shared/offline/travel'
import { digits } from '@shared/words/number'
import { useOnline } from '@vueuse/core'
import { computed } from 'vue'

export function useOutbox() {
  keepSending()
  const online = useOnline()
  const mine = computed(() =>
    kept.items.filter((one) => one.phone === phone.value?.id && one.state !== 'gone'),
  )
  const files = computed(() => {
    const ids = new Set(mine.value.map(({ id }) => id))
    return kept.files.filter(({ item }) => ids.has(item))
  })
  const isSoon = ({ role }: FileRow) => role !== 'original' || anyLine.value || isFree()
  const soon = computed(() => files.value.filter(isSoon))
  const unsent = computed(() => mine.value.filter(isUnsent))
  const count = (state: string) => computed(() => mine.value.filter((one) => one.state === state).length)
  return {
    online,
    mine,
    files,
    unsent,
    others: computed(() => kept.items.filter((one) => one.phone !== phone.value?.id && isUnsent(one)).length),
    photos: computed(() => groups(soon.value.filter(({ role }) => role === 'small'))),
    originals: computed(() => groups(files.value.filter((one) => !isSoon(one)))),
    /** What goes by itself. */
    mb: computed(() =>
      megabytes(
        soon.value.reduce((sum, { size }) => sum + size, 0) +
          unsent.value.reduce((sum, { envelope }) => sum + envelope.sealed.length, 0),
      ),
    ),
    originalsMb: computed(() =>
      megabytes(files.value.filter((one) => !isSoon(one)).reduce((sum, { size }) => sum + size, 0)),
    ),
    refused: count('refused'),
    differing: count('conflict'),
    judged: count('quarantined'),
    oldest: computed(() => unsent.value.map(({ made_at }) => made_at).sort()[0] ?? null),
  }
}

const groups = (files: FileRow[]) => new Set(files.map(({ item, group }) => `${item} ${group}`)).size

/** Never nothing where there is something. */
export const megabytes = (bytes: number): string => digits(Math.max(bytes / 1_000_000, bytes ? 0.1 : 0), 1)

/** A paper names every row or none: whatever of a list has not come yet is asked for, page by page. */
import type { Pages } from '@shared/api/pages'
import { watch } from 'vue'

/** After an error it waits until `more()` is asked again and comes. */
export function useWhole(list: Pages<unknown>): void {
  watch(
    () => list.hasMore && !list.loadingMore && !list.error,
    (lacks) => lacks && list.more(),
    { immediate: true },
  )
}

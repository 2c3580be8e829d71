/** How much of a list a lane holds: first all words of every card, then fewer lines of why, at last fewer cards. */
import { useElementSize } from '@vueuse/core'
import { nextTick, ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'

/** Lines of why no card needs more of. */
export const MOST_LINES = 6

/** The most that fits: `overflows` tells after each try whether it was too much. */
export async function fit(
  of: number,
  attempt: (lines: number, count: number) => Promise<boolean>,
): Promise<void> {
  for (let lines = MOST_LINES; lines >= 1; lines--) if (!(await attempt(lines, of))) return
  for (let count = of - 1; count >= 1; count--) if (!(await attempt(1, count))) return
}

/** Measured anew before the next paint whenever the items, their words or the lane change. */
export function useRoom(
  lane: Readonly<Ref<HTMLElement | null>>,
  items: MaybeRefOrGetter<readonly unknown[]>,
  isBounded: () => boolean,
): { lines: Ref<number>; count: Ref<number> } {
  const lines = ref(MOST_LINES)
  const count = ref(toValue(items).length)
  const { height } = useElementSize(lane)
  let round = 0

  async function measure(): Promise<void> {
    const mine = ++round
    const of = toValue(items).length
    const attempt = async (some: number, many: number) => {
      lines.value = some
      count.value = many
      await nextTick()
      const box = lane.value
      return mine === round && isBounded() && box !== null && box.scrollHeight > box.clientHeight
    }
    await fit(of, attempt)
  }
  watch([() => toValue(items), height, isBounded], measure, { immediate: true, flush: 'post' })
  return { lines, count }
}

/** How much of a list a lane holds: all cards with all their words, else without their sentences, at last fewer cards. */
import { useElementSize } from '@vueuse/core'
import { nextTick, ref, toValue, watch, type MaybeRefOrGetter, type Ref } from 'vue'

/** Tries from the most to the least; `overflows` draws a try and tells whether it was too much. One card always stands. */
export async function fit(
  of: number,
  overflows: (isBrief: boolean, count: number) => Promise<boolean>,
): Promise<void> {
  if (!(await overflows(false, of))) return
  for (let count = of; count >= 1; count--) if (!(await overflows(true, count))) return
}

/** Measured anew before the next paint whenever the items, their words or the lane change. */
export function useRoom(
  lane: Readonly<Ref<HTMLElement | null>>,
  items: MaybeRefOrGetter<readonly unknown[]>,
  isBounded: () => boolean,
): { isBrief: Ref<boolean>; count: Ref<number> } {
  const isBrief = ref(false)
  const count = ref(toValue(items).length)
  const { height } = useElementSize(lane)
  let round = 0

  async function measure(): Promise<void> {
    const mine = ++round
    await fit(toValue(items).length, async (brief, many) => {
      isBrief.value = brief
      count.value = many
      await nextTick()
      const box = lane.value
      return mine === round && isBounded() && box !== null && box.scrollHeight > box.clientHeight
    })
  }
  watch([() => toValue(items), height, isBounded], measure, { immediate: true, flush: 'post' })
  return { isBrief, count }
}

/** The light part, in every page: whether this browser keeps anything. The rest (and Dexie) is loaded only then. */
import { ref } from 'vue'
import { lostItems } from './persistence'

export const NAME = 'xiangyun-offline'
const USED = 'xiangyun.offline'
const LOST = 'xiangyun.offline.lost'

/** Something is kept here, for whomever. */
export const isUsed = ref(localStorage.getItem(USED) !== null)

/** From now on this browser keeps something. */
export function noteUsed(): void {
  isUsed.value = true
  localStorage.setItem(USED, '1')
}

/** Whose homes and tasks are open in this page. */
export const openFor = ref<string | null>(null)

/** Items the browser threw away, until the person has read it. */
export const lost = ref(Number(localStorage.getItem(LOST) ?? 0))

export function noteLost(items: number): void {
  lost.value = items
  if (items) localStorage.setItem(LOST, String(items))
  else localStorage.removeItem(LOST)
}

// what was noted beside the database may be lost where the app was killed: the database itself is asked
if (!isUsed.value)
  void (globalThis.indexedDB as Partial<IDBFactory> | undefined)?.databases?.().then((all) => {
    if (all.some(({ name }) => name === NAME)) noteUsed()
    else if (lostItems() > 0) noteLost(lostItems())
  })

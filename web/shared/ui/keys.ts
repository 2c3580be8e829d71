/** Keys of the desk: single letters and `g w` sequences; never while somebody is typing. */
import { onMounted, onUnmounted, shallowReactive } from 'vue'

export interface KeyAction {
  /** `j`, `Enter`, `/`, `?`, or a sequence with a space: `g w`. */
  keys: string
  /** Words for the overlay; none: not listed. */
  title?: string
  run: (event: KeyboardEvent) => void
}

export const listed = shallowReactive(new Set<KeyAction>())
let first = ''
let listening = false

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (/^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.isContentEditable)
  )
}

/** Enter on a button or link is that button's own. */
function ownsEnter(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && /^(A|BUTTON|SUMMARY)$/.test(target.tagName)
}

function onKey(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
  if (isTyping(event.target) && event.key !== 'Escape') return
  if (event.key === 'Enter' && ownsEnter(event.target)) return
  const pressed = first ? `${first} ${event.key}` : event.key
  const all = [...listed].reverse()
  const found = all.find(({ keys }) => keys === pressed)
  if (found) {
    first = ''
    event.preventDefault()
    found.run(event)
    return
  }
  first = all.some(({ keys }) => keys.startsWith(`${event.key} `)) ? event.key : ''
  if (first) setTimeout(() => (first = ''), 1_200)
}

/** Keys live while the component does; a later component's key wins. */
export function useKeys(actions: KeyAction[]): void {
  onMounted(() => {
    if (!listening) addEventListener('keydown', onKey)
    listening = true
    for (const action of actions) listed.add(action)
  })
  onUnmounted(() => {
    for (const action of actions) listed.delete(action)
  })
}

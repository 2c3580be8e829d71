/** Sends by itself whenever there is something to send and signal; waits longer after each try in vain. */
import { liveQuery } from 'dexie'
import { computed, reactive, ref, watch } from 'vue'
import { account } from '../session/session'
import { hasSignal, isFree, waitAfter } from './line'
import { askToPersist } from './persistence'
import { store, type FileRow, type ItemRow, type PhoneRow } from './store'
import { dropAll, sendAll } from './sync'

export const travel = reactive({
  /** `nobody`: first sign in. */
  state: 'idle' as 'idle' | 'sending' | 'waiting' | 'nobody',
  /** Items that arrived since the app was opened. */
  arrived: 0,
})

/** What stands on this phone, kept fresh across tabs; without the bytes of files. */
export const kept = reactive({
  items: [] as ItemRow[],
  files: [] as FileRow[],
  brought: 0,
  phones: [] as PhoneRow[],
  isLoaded: false,
})

/** Of whoever is signed in; while nobody is, the one that was heard last. */
export const phone = computed<PhoneRow | null>(() => {
  const me = account()
  if (me) return kept.phones.find((one) => one.account === me) ?? null
  return kept.phones.reduce<PhoneRow | null>(
    (last, one) => (last && last.seen >= one.seen ? last : one),
    null,
  )
})

const ORIGINALS = 'xiangyun.offline.originals'
/** The person said that originals may go over any line. */
export const anyLine = ref(localStorage.getItem(ORIGINALS) === 'any')
export function sendOriginals(isAllowed: boolean): void {
  anyLine.value = isAllowed
  localStorage.setItem(ORIGINALS, isAllowed ? 'any' : 'free')
  go()
}

const ASK_AGAIN_MS = 300_000
let isStarted = false
/** Who was heard since they signed in or the app was opened: so a phone that was called back learns it with nothing to send. */
let heard: string | null = null
/** Something came up while a journey was on its way. */
let isWanted = false
let tries = 0
let timer: ReturnType<typeof setTimeout> | undefined

/** Begin, once a page. */
export function keepSending(): void {
  if (isStarted) return
  isStarted = true
  let seen = new Set<string>()
  liveQuery(read).subscribe((now) => {
    Object.assign(kept, now, { isLoaded: true })
    const here = new Set([
      ...now.items.map(({ id, state }) => (state === 'gone' ? `${id} gone` : id)),
      ...now.files.map(({ id, reason }) => id + reason),
      `brought ${now.brought}`,
    ])
    // what a journey takes away starts no other
    const isNew = [...here].some((one) => !seen.has(one))
    seen = here
    if (isNew) go()
  })
  // somebody signed in
  watch(account, (me) => {
    heard = null
    if (me) again()
  })
  addEventListener('online', again)
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && again())
  void askToPersist()
}

/** Signal came, or somebody asks: try at once. */
export function again(): void {
  tries = 0
  go()
}

async function read() {
  const [items, files, brought, phones] = await Promise.all([
    store().items.orderBy('id').toArray(),
    store().files.toArray(),
    store().brought.count(),
    store().phones.toArray(),
  ])
  return { items, files, brought, phones }
}

/** What could go now, if there were signal. */
function isWaiting(): boolean {
  const isDue = ({ state }: ItemRow) => ['kept', 'held', 'quarantined', 'gone'].includes(state)
  const isSendable = ({ role, says }: FileRow) => !says && (role !== 'original' || mayOriginals())
  return kept.items.some(isDue) || kept.files.some(isSendable) || kept.brought > 0
}

const mayOriginals = () => anyLine.value || isFree()

function go(): void {
  clearTimeout(timer)
  isWanted = travel.state === 'sending'
  if (!isWanted) void journey().catch(() => after('away', null))
}

async function journey(): Promise<void> {
  const me = account()
  const isUnheard = me !== null && me !== heard && kept.phones.some((one) => one.account === me)
  if (!(isWaiting() || isUnheard) || !hasSignal()) {
    travel.state = 'idle'
    return
  }
  if (!me) {
    travel.state = 'nobody'
    return
  }
  travel.state = 'sending'
  const round = await sendAll(me, { originals: mayOriginals() })
  travel.arrived += round.arrived
  if (round.outcome === 'done') heard = me
  after(round.outcome, round.retryAfterS)
}

function after(outcome: Awaited<ReturnType<typeof sendAll>>['outcome'], retryAfterS: number | null): void {
  const isAway = outcome === 'away' || outcome === 'busy'
  tries = isAway ? tries + 1 : 0
  travel.state = outcome === 'nobody' ? 'nobody' : isAway ? 'waiting' : 'idle'
  if (isWanted && !isAway) go()
  else if (isAway) timer = setTimeout(go, Math.max(waitAfter(tries), (retryAfterS ?? 0) * 1000))
  // what the town lets wait, or a person there judges, is asked after from time to time
  else if (outcome === 'done' && kept.items.some(({ state }) => state === 'held' || state === 'quarantined'))
    timer = setTimeout(go, ASK_AGAIN_MS)
}

/** Without signing in: a person at the town looks at it first. */
export async function sendUnsigned(): Promise<boolean> {
  if (!phone.value) return false
  const round = await dropAll(phone.value)
  travel.arrived += round.arrived
  return round.outcome === 'done'
}

/** The homes of the pack on this phone with when each is due, and writing down a visit without signal. */
import { opId } from '@shared/api/client'
import { copyOf, writeAll, type Captured, type Draft } from '@shared/offline/outbox'
import { fetchPack, useOpened } from '@shared/offline/pack'
import { keepSending, kept, travel } from '@shared/offline/travel'
import { calledAfter, drafts, type Act, type List, type Told } from '@shared/people/told'
import { useSession } from '@shared/session/session'
import { useOnline } from '@vueuse/core'
import { computed, onMounted, shallowRef, watch } from 'vue'
import { dueHomes, type Outcome, type PackHome, type PackPicture, type PackVisit } from './due'

const FORMS = ['grid.visit', 'grid.care_visit']

export interface Answers {
  outcome: Outcome
  note?: string
  help?: string
  callBackOn?: string | null
  /** Facts of the home that are another now, with what stood there. */
  facts?: Record<string, unknown>
  was?: Record<string, unknown>
  people?: readonly Told[]
  files?: Captured[]
}

/** What was done, in words that name nobody. */
export type Titles = Record<Act | 'visit' | 'facts', string>

export function useVisits() {
  keepSending()
  const opened = useOpened()
  const online = useOnline()
  const { session } = useSession()
  const pack = computed(() => opened.value?.pack ?? null)
  const homes = computed(() => (pack.value?.households ?? []) as PackHome[])
  const visits = computed(() => (pack.value?.visits ?? []) as PackVisit[])
  const pictures = computed(() => (pack.value?.pictures ?? []) as PackPicture[])
  const lists = computed(() => (pack.value?.codes ?? []) as List[])
  /** Homes of which something is written here that has not arrived: nobody goes there twice. */
  const written = shallowRef<ReadonlySet<string>>(new Set())

  watch(
    () => [kept.items, opened.value] as const,
    async ([items, open]) => {
      if (!open) return
      const rows = items.filter(({ form, state }) => FORMS.includes(form) && state !== 'gone')
      const copies = await Promise.all(rows.map((row) => copyOf(row, open.vault)))
      written.value = new Set(
        copies.flatMap((copy) => {
          if (!copy) return []
          const kind = copy.item.form === 'grid.visit' ? 'census' : 'care'
          const home = kind === 'census' ? copy.item.subject.id : String(copy.item.facts.household)
          return [`${kind} ${home}`]
        }),
      )
    },
    { immediate: true },
  )

  /** What arrived stands in the pack from then on. */
  async function renew(): Promise<void> {
    const me = session.value
    if (!me || !online.value || opened.value?.account !== me.account || !pack.value) return
    await fetchPack(me).catch(() => undefined)
  }
  onMounted(renew)
  watch(
    () => travel.arrived,
    (now, before) => now > before && renew(),
  )

  const due = computed(() => dueHomes(homes.value, visits.value, written.value))

  async function keep(...written: Draft[]): Promise<void> {
    const open = opened.value
    if (!open) throw new Error('the lock is not open')
    await writeAll(open.account, written, open.vault)
  }

  /** A visit for the census, with what changed of the home and its people: all of it is kept, or nothing. Throws
   *  `NoRoom`, `NotReady`. */
  async function tell(home: PackHome, titles: Titles, answers: Answers): Promise<void> {
    const { outcome, note, facts = {}, was = {}, people = [], files = [] } = answers
    const about = [calledAfter(home), home.area_name].join('·')
    const subject = { kind: 'household', id: home.id }
    const said = { form: 'grid.visit', title: titles.visit, about, subject, base: home.version }
    const changed = { ...said, form: 'people.change_household', title: titles.facts, facts, was }
    await keep(
      { ...said, facts: { outcome, ...(note ? { note } : {}) }, was: {}, files },
      ...(Object.keys(facts).length ? [changed] : []),
      ...drafts({ id: home.id, place: home.area_name }, people, titles),
    )
  }

  /** A visit of care: all of it is sealed at the town. Throws `NoRoom`, `NotReady`. */
  async function tellCare(home: PackHome, title: string, answers: Answers): Promise<void> {
    const { outcome, note, help, callBackOn, files = [] } = answers
    await keep({
      form: 'grid.care_visit',
      title,
      about: [calledAfter(home), home.area_name].join('·'),
      subject: { kind: 'visit', id: opId() },
      base: null,
      facts: {
        household: home.id,
        outcome,
        ...(note ? { note } : {}),
        ...(help ? { help } : {}),
        ...(callBackOn ? { call_back_on: callBackOn } : {}),
      },
      was: {},
      files,
    })
  }

  return {
    pack,
    homes,
    lists,
    due,
    tell,
    tellCare,
    careOf: (id: string) => visits.value.find((one) => one.id === id) ?? null,
    pictureOf: (id: string) => pictures.value.find(({ subject }) => subject.id === id)?.small ?? null,
  }
}

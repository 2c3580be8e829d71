/** Homes as they stand in the pack on this phone, and writing about them without signal. */
import { opId } from '@shared/api/client'
import { useOpened } from '@shared/offline/pack'
import { writeAll, type Captured, type Draft } from '@shared/offline/outbox'
import {
  calledAfter,
  drafts,
  matching,
  shownName,
  type Act,
  type List,
  type Member,
  type Told,
} from '@shared/people/told'
import { computed } from 'vue'

export interface KeptHome {
  id: string
  version: number
  number: string
  area: string
  area_name: string
  grid: string
  grid_name: string
  group_name: string
  address: string | null
  house_size_m2: string | number | null
  has_broadband: boolean | null
  checked_at: string
  is_due: boolean
  members: Member[]
}

export interface KeptPicture {
  subject: { kind: string; id: string }
  small: string
}

/** Homes that have all words somewhere in their number, people or address. */
export const found = (homes: readonly KeptHome[], words: string): KeptHome[] =>
  matching(homes, words, ({ number, address, group_name, members }) => [
    number,
    address ?? '',
    group_name,
    ...members.map(({ name }) => shownName(name)),
  ])

export type HomeForm = 'people.check_household' | 'people.change_household'

export function useKept() {
  const opened = useOpened()
  const pack = computed(() => opened.value?.pack ?? null)
  const homes = computed(() => (pack.value?.households ?? []) as KeptHome[])
  const pictures = computed(() => (pack.value?.pictures ?? []) as KeptPicture[])
  const lists = computed(() => (pack.value?.codes ?? []) as List[])

  async function keep(written: Draft[]): Promise<void> {
    const open = opened.value
    if (!open) throw new Error('the lock is not open')
    await writeAll(open.account, written, open.vault)
  }

  /** Keep what was told of a home and its people together; it goes by itself. Throws `NoRoom`, `NotReady`. */
  async function tell(
    home: KeptHome,
    form: HomeForm,
    { titles, facts = {}, was = {}, people = [], files = [] }: TellHow,
  ): Promise<void> {
    const about = [calledAfter(home), home.area_name].join('·')
    const subject = { kind: 'household', id: home.id }
    const told = { form, title: titles.home, about, subject, base: home.version, facts, was, files }
    const isOfPeopleAlone = people.length > 0 && !files.length && !Object.keys(facts).length
    await keep([
      ...(isOfPeopleAlone ? [] : [told]),
      ...drafts({ id: home.id, place: home.area_name }, people, titles),
    ])
  }

  /** Keep a home nobody had written down, its head and the others. Throws `NoRoom`, `NotReady`. */
  async function open(
    place: Place,
    { titles, facts = {}, head, people = [] }: TellHow & { head: Told },
  ): Promise<void> {
    const id = opId()
    const lies = place.grid ? { area: place.area, grid: place.grid } : { area: place.area }
    await keep([
      {
        form: 'people.add_household',
        title: titles.home,
        about: [head.name, place.name].join('·'),
        subject: { kind: 'household', id },
        base: null,
        facts: { ...lies, ...facts, head: { id: head.id, ...head.facts } },
        was: {},
      },
      ...drafts({ id, place: place.name }, people, titles),
    ])
  }

  return {
    pack,
    homes,
    lists,
    tell,
    open,
    pictureOf: (id: string) => pictures.value.find(({ subject }) => subject.id === id)?.small ?? null,
  }
}

/** Where a new home can lie: a grid, or a village as a whole. */
export interface Place {
  area: string
  grid: string
  name: string
}

/** Grids of the homes on this phone and of the posts of whoever carries it, each once. */
export function placesOf(
  homes: readonly KeptHome[],
  posts: readonly { area: string; area_name: string }[],
): Place[] {
  const known = homes.map(({ area, area_name, grid, grid_name }): Place => ({
    area,
    grid,
    name: grid_name.startsWith(area_name) ? grid_name : `${area_name}${grid_name}`,
  }))
  const held = posts
    .filter(({ area }) => area.split('.').length >= VILLAGE_DEPTH)
    .map(({ area, area_name }): Place => {
      const parts = area.split('.')
      const isGrid = parts.length > VILLAGE_DEPTH
      return {
        area: parts.slice(0, VILLAGE_DEPTH).join('.'),
        grid: isGrid ? area : '',
        name: area_name,
      }
    })
  const all = [...known, ...held].map((one) => [one.grid || one.area, one] as const)
  return [...new Map(all.reverse()).values()].reverse()
}
/** Province, prefecture, county, town, village. */
const VILLAGE_DEPTH = 5

interface TellHow {
  /** They name nobody: they stand unsealed. */
  titles: Record<Act | 'home', string>
  facts?: Record<string, unknown>
  was?: Record<string, unknown>
  people?: readonly Told[]
  files?: Captured[]
}

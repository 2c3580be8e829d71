/** Homes as they stand in the pack on this phone, and writing about them without signal. */
import { useOpened } from '@shared/offline/pack'
import { write, type Captured } from '@shared/offline/outbox'
import { computed } from 'vue'

export interface Masked {
  masked: string
}

export interface KeptMember {
  id: string
  name: string | Masked | null
  relation: string
  is_head: boolean
  phone: Masked | null
}

export interface KeptHome {
  id: string
  version: number
  number: string
  area_name: string
  group_name: string
  address: string | null
  house_size_m2: string | number | null
  has_broadband: boolean | null
  checked_at: string
  is_due: boolean
  members: KeptMember[]
}

export interface KeptPicture {
  subject: { kind: string; id: string }
  small: string
}

/** A fact as it is shown: a masked one as its mask. */
export const shownFact = (fact: string | Masked | null | undefined): string =>
  typeof fact === 'object' && fact ? fact.masked : (fact ?? '')

/** Whose home it is, as people call it: by its head, else by its number. */
export function calledAfter(home: KeptHome): string {
  const head = home.members.find(({ is_head }) => is_head) ?? home.members[0]
  return shownFact(head?.name) || home.number
}

/** Homes that have all words somewhere in their number, people or address. */
export function found(homes: readonly KeptHome[], words: string): KeptHome[] {
  const wanted = words.trim().toLowerCase().split(/\s+/).filter(Boolean)
  return homes.filter((home) => {
    const all = [
      home.number,
      home.address ?? '',
      home.group_name,
      ...home.members.map(({ name }) => shownFact(name)),
    ]
      .join(' ')
      .toLowerCase()
    return wanted.every((word) => all.includes(word))
  })
}

export type HomeForm = 'people.check_household' | 'people.change_household'

export function useKept() {
  const opened = useOpened()
  const pack = computed(() => opened.value?.pack ?? null)
  const homes = computed(() => (pack.value?.households ?? []) as KeptHome[])
  const pictures = computed(() => (pack.value?.pictures ?? []) as KeptPicture[])

  /** Keep what was told of a home; it goes by itself. Throws `NoRoom`, `NotReady`. */
  async function tell(
    home: KeptHome,
    form: HomeForm,
    { title, facts = {}, was = {}, files = [] }: TellHow,
  ): Promise<void> {
    const open = opened.value
    if (!open) throw new Error('the lock is not open')
    const about = [calledAfter(home), home.area_name].join('·')
    const subject = { kind: 'household', id: home.id }
    await write(
      open.account,
      { form, title, about, subject, base: home.version, facts, was, files },
      open.vault,
    )
  }

  return {
    pack,
    homes,
    tell,
    pictureOf: (id: string) => pictures.value.find(({ subject }) => subject.id === id)?.small ?? null,
  }
}

interface TellHow {
  /** Names nobody: it stands unsealed. */
  title: string
  facts?: Record<string, unknown>
  was?: Record<string, unknown>
  files?: Captured[]
}

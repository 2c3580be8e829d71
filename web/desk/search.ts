/** The search of the desk: pages by name or first letters, then the lists the reader may see, each asked with `q`. */
import { get, post, type Out, type Page } from '@shared/api/client'
import { initials } from './pinyin'

export interface Hit {
  id: string
  to: string
  name: string
  /** What else may have matched: a key, a code, an account name, a number. */
  code: string
  note: string
  /** Which parts of the name matched, where the server says so. */
  spans?: number[][]
}

export interface Source {
  kind: 'people' | 'work' | 'devices' | 'accounts' | 'areas'
  needs?: string
  find: (q: string) => Promise<{ hits: Hit[]; total: number }>
}

const MOST = 8

async function ask<T>(
  url: '/api/work' | '/api/devices' | '/api/accounts' | '/api/areas',
  q: string,
  show: (one: T) => Hit,
) {
  const { items, total } = await get<Page<T>>(url, { query: { q, limit: MOST } })
  return { hits: items.map(show), total: total ?? items.length }
}

/** What is typed names somebody: it goes in a body, never into an address. */
async function askPeople(q: string) {
  const { items } = await post<Out<'FoundOut'>>('/api/people/search', { q, limit: MOST })
  return {
    hits: items.map(({ id, name, household, area_name, id_no, why }) => ({
      id: `${id ?? ''}${household?.id ?? ''}`,
      to: household ? `/homes/${household.id}` : `/people/${id ?? ''}`,
      name: name || (household?.number ?? ''),
      code: household?.number ?? id_no ?? '',
      note: area_name,
      spans: why.spans,
    })),
    total: items.length,
  }
}

export const SOURCES: Source[] = [
  { kind: 'people', needs: 'people.see_person', find: askPeople },
  {
    kind: 'work',
    needs: 'workflow.see_work',
    find: (q) =>
      ask<Out<'WorkOut'>>('/api/work', q, ({ id, title, number, area_name }) => ({
        id,
        to: `/work/${id}`,
        name: title,
        code: number,
        note: area_name,
      })),
  },
  {
    kind: 'devices',
    needs: 'devices.see_device',
    find: (q) =>
      ask<Out<'DeviceOut'>>('/api/devices', q, ({ id, name, key, area_name }) => ({
        id,
        to: `/devices/${id}`,
        name,
        code: key,
        note: area_name,
      })),
  },
  {
    kind: 'accounts',
    needs: 'accounts.see_account',
    find: (q) =>
      ask<Out<'AccountOut'>>('/api/accounts', q, ({ id, name, account, area_name }) => ({
        id,
        to: `/accounts/${id}`,
        name,
        code: account,
        note: area_name,
      })),
  },
  {
    kind: 'areas',
    find: (q) =>
      ask<Out<'AreaOut'>>('/api/areas', q, ({ path, name, code }) => ({
        id: path,
        to: `/areas/${path}`,
        name,
        code,
        note: '',
      })),
  },
]

/** The pages whose name holds what was typed, in letters or in first letters of pinyin. */
export function pagesOf(pages: readonly { to: string; name: string }[], q: string): Hit[] {
  return pages
    .filter(({ name }) => parts(name, q)[1] !== '')
    .map(({ to, name }) => ({ id: to, to, name, code: '', note: '' }))
}

/**
 * A text in three parts: before the match, the match, after it; the match is empty where there is none.
 * Where the letters themselves do not match, the first letters of the pinyin may.
 */
export function parts(text: string, q: string): [string, string, string] {
  const asked = q.toLowerCase()
  const plain = text.toLowerCase().indexOf(asked)
  const at = !q ? -1 : plain < 0 ? initials(text).indexOf(asked) : plain
  return at < 0
    ? [text, '', '']
    : [text.slice(0, at), text.slice(at, at + q.length), text.slice(at + q.length)]
}

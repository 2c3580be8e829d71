/** What somebody is about to report, kept on this phone until the server has it: nothing typed or taken is ever lost. */
import type { LonLat } from '@shared/map/projection'
import type { Kept } from '@shared/upload/send'

export interface Shot {
  key: string
  kind: 'photo' | 'voice'
  file: File
  /** What it is called at the server, once it has it. */
  kept: Kept['id'] | null
}

export interface Draft {
  category: string
  words: string
  /** Where it is; nothing said: where the one who reports lives or works. */
  place: string
  point: LonLat | null
  home: { id: string; said: string } | null
  /** A piece of land of that home. */
  plot?: { id: string; said: string } | null
  shots: Shot[]
}

export const emptyDraft = (): Draft => ({
  category: '',
  words: '',
  place: '',
  point: null,
  home: null,
  plot: null,
  shots: [],
})
export const isEmpty = ({ category, words, place, point, home, shots }: Draft): boolean =>
  !category && !words.trim() && !place.trim() && !point && !home && shots.length === 0

const NAME = 'xiangyun.grid'
const STORE = 'drafts'

async function within<T>(
  mode: IDBTransactionMode,
  ask: (store: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const db = await new Promise<IDBDatabase>((resolve, reject) => {
    const opening = indexedDB.open(NAME, 1)
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE)
    opening.onsuccess = () => resolve(opening.result)
    opening.onerror = () => reject(opening.error as Error)
  })
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = db.transaction(STORE, mode)
      const request = ask(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = transaction.onerror = () => reject(transaction.error as Error)
    })
  } finally {
    db.close()
  }
}

export const readDraft = (of: string) =>
  within<Draft | undefined>('readonly', (store) => store.get(of) as IDBRequest<Draft | undefined>)
/** An empty one is none. */
export const keepDraft = (of: string, draft: Draft) =>
  isEmpty(draft) ? dropDraft(of) : within('readwrite', (store) => store.put(draft, of))
export const dropDraft = (of: string) => within('readwrite', (store) => store.delete(of))

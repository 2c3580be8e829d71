/** For tests: a database that dies at a chosen step, and with it the app; what had been written stays. */
import { IDBFactory, IDBKeyRange } from 'fake-indexeddb'
import Dexie from 'dexie'
import { Store, use } from '../store'

/** The app was killed: nothing it does counts any more. */
export class Killed extends Error {
  constructor() {
    super('killed')
    this.name = 'Killed'
  }
}

/** One life of the app after another on the same phone. */
export class Device {
  private readonly disk = new IDBFactory()
  private db: Store | null = null
  /** Steps left in this life. */
  left = Infinity
  steps = 0

  /** Start the app; it lives for so many writes and so many halves of requests. */
  live(steps = Infinity): Store {
    this.db?.close()
    this.left = steps
    this.steps = 0
    Dexie.dependencies.indexedDB = this.disk
    Dexie.dependencies.IDBKeyRange = IDBKeyRange
    const db = new Store()
    db.use({
      stack: 'dbcore',
      name: 'mortal',
      create: (core) => ({
        ...core,
        table: (name) => {
          const table = core.table(name)
          return {
            ...table,
            mutate: async (request) => {
              this.step()
              return table.mutate(request)
            },
          }
        },
      }),
    })
    this.db = db
    use(db)
    return db
  }

  /** One more thing that can be the last. */
  step(): void {
    if (this.left <= 0) throw new Killed()
    this.left -= 1
    this.steps += 1
  }

  /** A line over which a request or its answer can be the last. */
  readonly line =
    (answer: (request: Request) => Promise<Response>) =>
    async (request: Request): Promise<Response> => {
      this.step()
      const response = await answer(request)
      this.step()
      return response
    }
}

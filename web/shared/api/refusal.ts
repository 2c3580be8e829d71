/** What the server says when it will not do something: problem+json with one sentence for the reader. */
export interface FieldError {
  loc: (string | number)[] | string
  msg: string
}

export class Refusal extends Error {
  readonly status: number
  readonly detail: string
  readonly errors: FieldError[]
  readonly retryAfterS: number | null
  /** Everything the answer carried, e.g. `by` and `at` of a 409. */
  readonly body: Record<string, unknown>

  constructor(status: number, body: Record<string, unknown>, retryAfterS: number | null = null) {
    super(typeof body.detail === 'string' ? body.detail : `HTTP ${status}`)
    this.name = 'Refusal'
    this.status = status
    this.body = body
    this.detail = typeof body.detail === 'string' ? body.detail : ''
    this.errors = Array.isArray(body.errors) ? (body.errors as FieldError[]) : []
    this.retryAfterS = retryAfterS
  }

  /** The sentence for one field of a form, if the server named it. */
  field(name: string): string | undefined {
    return this.errors.find(({ loc }) => (Array.isArray(loc) ? loc.at(-1) === name : loc === name))?.msg
  }
}

/** The box could not be reached at all. */
export class Unreachable extends Error {
  constructor() {
    super('unreachable')
    this.name = 'Unreachable'
  }
}

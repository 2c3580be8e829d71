/** The one way to the server: same origin, cookie session, refusals as `Refusal`. */
import createClient from 'openapi-fetch'
import { Refusal, Unreachable } from './refusal'
import type { components, paths } from './schema'

/** A wire shape by the name the server gives it: `Out<'WorkOut'>`. */
export type Out<Name extends keyof components['schemas']> = components['schemas'][Name]

interface Asked {
  path?: Record<string, string | number>
  query?: Record<string, string | number | boolean | null | undefined>
  signal?: AbortSignal
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

let language = 'zh-Hans'
let onSignedOut: () => void = () => undefined

/** The language in which the server answers and refuses. */
export function speak(next: string): void {
  language = next
}

/** Called when any request but the login is told that nobody is signed in. */
export function whenSignedOut(listener: () => void): void {
  onSignedOut = listener
}

function cookie(name: string): string | undefined {
  const found = document.cookie.split('; ').find((one) => one.startsWith(`${name}=`))
  return found && decodeURIComponent(found.slice(name.length + 1))
}

export const client = createClient<paths>({
  baseUrl: '',
  fetch: (request: Request) => globalThis.fetch(request),
})

client.use({
  onRequest({ request }) {
    request.headers.set('Accept-Language', language)
    const token = cookie('csrftoken')
    if (token && request.method !== 'GET') request.headers.set('X-CSRFToken', token)
    return request
  },
  async onResponse({ request, response }) {
    if (response.ok) return undefined
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => ({}))
    // a wrong code of somebody who is signed in is a 401 as well, and signs nobody out
    const isNobody = (body as { title?: string } | null)?.title === 'base.not_signed_in'
    const isSession = new URL(request.url).pathname === '/api/session'
    if (response.status === 401 && isNobody && !isSession) onSignedOut()
    const retry = Number(response.headers.get('Retry-After'))
    throw new Refusal(response.status, (body ?? {}) as Record<string, unknown>, retry > 0 ? retry : null)
  },
  onError() {
    return new Unreachable()
  },
})

async function ask<T>(method: Method, url: string, asked: Asked, body?: unknown): Promise<T> {
  const query = Object.fromEntries(
    Object.entries(asked.query ?? {}).filter(
      ([, value]) => value !== undefined && value !== null && value !== '',
    ),
  )
  const { data } = await client.request(
    method.toLowerCase() as never,
    url as never,
    {
      params: { path: asked.path, query },
      ...(body === undefined ? {} : { body }),
      ...(asked.signal ? { signal: asked.signal } : {}),
    } as never,
  )
  return data as T
}

/** `get<WorkItem>('/api/work/{id}', { path: { id } })`; throws `Refusal` or `Unreachable`. */
export const get = <T>(url: string, asked: Asked = {}): Promise<T> => ask<T>('GET', url, asked)
export const post = <T>(url: string, body: unknown = {}, asked: Asked = {}): Promise<T> =>
  ask<T>('POST', url, asked, body)
export const put = <T>(url: string, body: unknown, asked: Asked = {}): Promise<T> =>
  ask<T>('PUT', url, asked, body)
export const patch = <T>(url: string, body: unknown, asked: Asked = {}): Promise<T> =>
  ask<T>('PATCH', url, asked, body)
export const remove = <T = void>(url: string, asked: Asked = {}): Promise<T> => ask<T>('DELETE', url, asked)

/** A list as every list endpoint answers. */
export interface Page<T> {
  items: T[]
  next: string | null
  total: number | null
}

/** UUIDv7: made by the client so that the same write sent twice counts once. */
export function opId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  const now = BigInt(Date.now())
  for (let i = 0; i < 6; i++) bytes[i] = Number((now >> BigInt(8 * (5 - i))) & 0xffn)
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x70
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

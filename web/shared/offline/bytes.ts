/** Bytes as text and back, and the one way in which an item is written down before it is hashed. */

export type Bytes = Uint8Array<ArrayBuffer>

const encoder = new TextEncoder()

export const utf8 = (text: string): Bytes => encoder.encode(text)

export const text = (bytes: AllowSharedBufferSource): string => new TextDecoder().decode(bytes)

export function hex(bytes: ArrayBuffer | Bytes): string {
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** base64url without padding. */
export function base64(bytes: ArrayBuffer | Bytes): string {
  const all = new Uint8Array(bytes)
  let binary = ''
  // a spread of a megabyte overflows the stack
  for (let at = 0; at < all.length; at += 0x8000)
    binary += String.fromCharCode(...all.subarray(at, at + 0x8000))
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function fromBase64(words: string): Bytes {
  const binary = atob(words.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (sign) => sign.charCodeAt(0))
}

/** The 16 bytes of a UUID. */
export function uuidBytes(id: string): Bytes {
  const digits = id.replaceAll('-', '')
  return Uint8Array.from({ length: 16 }, (_none, n) => parseInt(digits.slice(2 * n, 2 * n + 2), 16))
}

export const random = (length: number): Bytes => crypto.getRandomValues(new Uint8Array(length))

export async function sha256(of: BufferSource): Promise<string> {
  return hex(await crypto.subtle.digest('SHA-256', of))
}

/** JSON with sorted keys and no spaces: the same thing said is the same text. */
export function canonical(said: unknown): string {
  if (Array.isArray(said)) return `[${said.map((one) => canonical(one ?? null)).join(',')}]`
  if (said === null || typeof said !== 'object') return JSON.stringify(said)
  const entries = Object.entries(said).filter(([, value]) => value !== undefined)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${entries.map(([key, value]) => `${JSON.stringify(key)}:${canonical(value)}`).join(',')}}`
}

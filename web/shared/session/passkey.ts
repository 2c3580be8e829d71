/** A security key of the browser (WebAuthn): what the server asks becomes bytes, what the key says becomes text again. */

interface Described {
  id: string
  type: 'public-key'
  transports?: AuthenticatorTransport[]
}

/** `options` as the server sends them: every run of bytes is base64url. */
export type KeyOptions = Record<string, unknown>

/** Browsers have keys only where nobody can listen in. */
export const takesKeys = (): boolean =>
  window.isSecureContext && typeof window.PublicKeyCredential === 'function'

export function bytes(text: string): Uint8Array<ArrayBuffer> {
  const plain = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0))
}

export function text(raw: ArrayBuffer): string {
  const plain = Array.from(new Uint8Array(raw), (byte) => String.fromCharCode(byte)).join('')
  return btoa(plain).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

const described = (ones: unknown): PublicKeyCredentialDescriptor[] =>
  ((ones as Described[] | undefined) ?? []).map((one) => ({ ...one, id: bytes(one.id) }))

/** Have a new key made; throws where the person leaves it. */
export async function makeKey(options: KeyOptions) {
  const told = options as unknown as PublicKeyCredentialCreationOptions & {
    challenge: string
    user: { id: string }
  }
  const made = (await navigator.credentials.create({
    publicKey: {
      ...told,
      challenge: bytes(told.challenge),
      user: { ...told.user, id: bytes(told.user.id) },
      excludeCredentials: described(options.excludeCredentials),
    },
  })) as PublicKeyCredential
  const response = made.response as AuthenticatorAttestationResponse
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: 'public-key' as const,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      attestationObject: text(response.attestationObject),
    },
  }
}

/** Have one of the keys the server knows sign; throws where the person leaves it. */
export async function signWithKey(options: KeyOptions) {
  const told = options as unknown as PublicKeyCredentialRequestOptions & { challenge: string }
  const made = (await navigator.credentials.get({
    publicKey: {
      ...told,
      challenge: bytes(told.challenge),
      allowCredentials: described(options.allowCredentials),
    },
  })) as PublicKeyCredential
  const response = made.response as AuthenticatorAssertionResponse
  return {
    id: made.id,
    rawId: text(made.rawId),
    type: 'public-key' as const,
    response: {
      clientDataJSON: text(response.clientDataJSON),
      authenticatorData: text(response.authenticatorData),
      signature: text(response.signature),
      ...(response.userHandle ? { userHandle: text(response.userHandle) } : {}),
    },
  }
}

export type SignedKey = Awaited<ReturnType<typeof signWithKey>>
export type MadeKey = Awaited<ReturnType<typeof makeKey>>

/** What an administrator types of a gateway, and what the server takes: lines for tables, JSON for a body. */
import type { ChannelState, Gateway } from '../api'

type Settings = Omit<Gateway, 'op_id'>
type Said = NonNullable<Settings['receipt']>['states'][string]

export interface Typed {
  sign: string
  method: 'POST' | 'PUT' | 'GET'
  url: string
  headers: string
  form: 'json' | 'form'
  body: string
  signHeader: string
  signSecret: string
  goodPath: string
  good: string
  refPath: string
  faultPath: string
  canAsk: boolean
  askUrl: string
  askPath: string
  askStates: string
  reports: boolean
  listPath: string
  keyPath: string
  reportPath: string
  reportStates: string
  secrets: { name: string; value: string }[]
}

export class Unfit extends Error {}

const SAID: readonly string[] = ['sent', 'delivered', 'failed', 'unknown', 'heard']

/** `A: 1` a line → a table; `by` is what stands between. Throws Unfit with the line that cannot be read. */
export function table(lines: string, by: string): Record<string, string> {
  return Object.fromEntries(
    lines
      .split('\n')
      .map((line) => line.trim())
      .filter(Boolean)
      .map((line) => {
        const at = line.indexOf(by)
        if (at < 1) throw new Unfit(line)
        return [line.slice(0, at).trim(), line.slice(at + by.length).trim()]
      }),
  )
}

export function lines(of: Record<string, unknown> | null | undefined, by: string): string {
  return Object.entries(of ?? {})
    .map(([name, value]) => `${name}${by}${String(value)}`)
    .join('\n')
}

function states(typed: string): Record<string, Said> {
  const found = table(typed, '=')
  for (const [word, ours] of Object.entries(found))
    if (!SAID.includes(ours)) throw new Unfit(`${word}=${ours}`)
  return found as Record<string, Said>
}

function object(typed: string): Record<string, unknown> {
  let found: unknown
  try {
    found = JSON.parse(typed || '{}')
  } catch {
    throw new Unfit(typed)
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw new Unfit(typed)
  return found as Record<string, unknown>
}

/** The form as it opens: what was set, or what most gateways ask for. Secrets show their names alone. */
export function opened(one: ChannelState): Typed {
  const told = (one.settings ?? {}) as unknown as Partial<Settings>
  const { request, answer, status, receipt } = told
  return {
    sign: told.sign ?? '',
    method: request?.method ?? 'POST',
    url: request?.url ?? '',
    headers: lines(request?.headers ?? { Authorization: 'Bearer {secret.token}' }, ': '),
    form: request?.form ?? 'json',
    body: JSON.stringify(request?.body ?? { phone: '{to}', content: '{text}', id: '{key}' }, null, 2),
    signHeader: request?.sign?.header ?? '',
    signSecret: request?.sign?.secret ?? '',
    goodPath: answer?.good_path ?? '',
    good: (answer?.good ?? []).join(' '),
    refPath: answer?.ref_path ?? '',
    faultPath: answer?.fault_path ?? '',
    canAsk: Boolean(status),
    askUrl: status?.url ?? '',
    askPath: status?.state_path ?? '',
    askStates: lines(status?.states, '='),
    reports: Boolean(receipt),
    listPath: receipt?.list_path ?? '',
    keyPath: receipt?.key_path ?? '',
    reportPath: receipt?.state_path ?? '',
    reportStates: lines(receipt?.states, '='),
    secrets: (one.is_of_town ? one.secrets : ['token']).map((name) => ({ name, value: '' })),
  }
}

/** What is sent: a secret left empty keeps what it was. Throws Unfit. */
export function told(channel: 'sms' | 'voice', typed: Typed, isOn: boolean): Settings {
  const headers = table(typed.headers, ':')
  const sign = typed.signHeader ? { header: typed.signHeader, secret: typed.signSecret } : null
  return {
    channel,
    is_on: isOn,
    sign: typed.sign,
    request: {
      method: typed.method,
      url: typed.url,
      headers,
      form: typed.form,
      body: object(typed.body),
      sign,
    },
    answer: {
      good_path: typed.goodPath,
      good: typed.good.split(/\s+/).filter(Boolean),
      ref_path: typed.refPath,
      fault_path: typed.faultPath,
    },
    status: typed.canAsk
      ? {
          method: 'GET',
          url: typed.askUrl,
          headers,
          form: 'json',
          body: {},
          sign: null,
          state_path: typed.askPath,
          states: states(typed.askStates),
          absent: '',
        }
      : null,
    receipt: typed.reports
      ? {
          list_path: typed.listPath,
          key_path: typed.keyPath,
          ref_path: '',
          state_path: typed.reportPath,
          states: states(typed.reportStates),
        }
      : null,
    secrets: Object.fromEntries(
      typed.secrets.filter(({ name }) => name).map(({ name, value }) => [name, value || null]),
    ),
  }
}

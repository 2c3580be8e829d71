/** A body as it came, record by record; of a long one only the beginning is kept, and its last record is cut. */

export interface Kept {
  /** Each record that is whole, line by line as the device wrote it. */
  records: { lines: string[]; ts: number | null }[]
  /** The end was not kept. */
  isCut: boolean
}

const shown = (one: unknown) => ({ lines: JSON.stringify(one, null, 1).split('\n'), ts: timeOf(one) })

export function recordsOf(body: string): Kept {
  const whole = parsed(body)
  if (whole !== undefined)
    return { records: (Array.isArray(whole) ? whole : [whole]).map(shown), isCut: false }
  const found = wholeOnes(body).map(parsed)
  return { records: found.filter((one) => one !== undefined).map(shown), isCut: found.length > 0 }
}

/** The balanced `{…}` that stand in a list, as far as the text goes. */
function wholeOnes(body: string): string[] {
  if (!body.trimStart().startsWith('[')) return []
  const found: string[] = []
  let depth = 0
  let start = 0
  for (const { 0: token, index } of body.matchAll(/"(?:[^"\\]|\\.)*"|[{}]/g)) {
    if (token === '{' && depth++ === 0) start = index
    if (token === '}' && --depth === 0) found.push(body.slice(start, index + 1))
  }
  return found
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function timeOf(one: unknown): number | null {
  const ts = typeof one === 'object' && one !== null && 'ts' in one ? one.ts : null
  return typeof ts === 'number' ? ts : null
}

/** What a device's note says of one metric: the clause that names it, `all` where it speaks of every number. */
export function originOf(note: string, title: string): string | 'all' | null {
  const clauses = note.split(/[：:；;。]/u).map((one) => one.trim())
  const short = title.slice(-2)
  const own = clauses.find((one) => one.startsWith(title) || one.startsWith(short))
  if (own) return own
  return clauses.some((one) => one.startsWith('数值')) ? 'all' : null
}

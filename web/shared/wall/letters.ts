/** One letter for each thing on the wall, the same on card, map and dispatch; it stays while the thing is there. */
export const LETTERS = ['甲', '乙', '丙', '丁', '戊', '己', '庚', '辛', '壬', '癸'] as const

/** Those already here keep their letter, newcomers take the first free one, in order. Without a free one: none. */
export function givenLetters(
  ids: readonly string[],
  before: ReadonlyMap<string, string>,
  letters: readonly string[] = LETTERS,
): Map<string, string> {
  const kept = new Map<string, string>()
  for (const id of ids) {
    const letter = before.get(id)
    if (letter && letters.includes(letter)) kept.set(id, letter)
  }
  const used = new Set(kept.values())
  const free = letters.filter((letter) => !used.has(letter))
  for (const id of ids) {
    if (kept.has(id)) continue
    const letter = free.shift()
    if (letter) kept.set(id, letter)
  }
  return kept
}

/** First letters of Chinese words, 告警 → gj, without a dictionary: the browser's own order by pinyin tells them. */

/** The first character of each letter in that order; no syllable begins with i, u or v. */
const FIRST = new Map(
  [...'阿八嚓哒妸发旮哈讥咔垃痳拏噢妑七呥扨它穵夕丫帀'].map((first, n) => [
    first,
    'abcdefghjklmnopqrstwxyz'[n] as string,
  ]),
)
const HAN = /^\p{Script=Han}$/u
const order = new Intl.Collator('zh-Hans-u-co-pinyin')

function initial(character: string): string {
  if (!HAN.test(character)) return character.toLowerCase()
  let letter = character
  for (const [first, one] of FIRST) if (order.compare(first, character) <= 0) letter = one
  return letter
}

/** One letter a character; what is not Chinese stays, in small letters. */
export function initials(text: string): string {
  return [...text].map(initial).join('')
}

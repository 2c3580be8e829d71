/** The full-width punctuation that Chinese words lose: after and before Chinese, after digits and Latin letters too. */
const WIDE: Record<string, string> = {
  ',': '\uff0c',
  ';': '\uff1b',
  ':': '\uff1a',
  '?': '\uff1f',
  '!': '\uff01',
}
const HAN = '\\u4e00-\\u9fff\\u3001\\u3002\\u201c\\u201d\\uff08\\uff09'
const wide = (_all: string, mark: string): string => WIDE[mark] ?? mark

/** Marks inside codes stay (2,000 08:00 starts_at,ends_at); beside Chinese, or with a blank between, they are Chinese. */
export function widen(words: string): string {
  if (!/[\u4e00-\u9fff]/u.test(words)) return words
  return words
    .replace(new RegExp(`(?<=[${HAN}%])\\s?([,;:?!])\\s?`, 'g'), wide)
    .replace(new RegExp(`([,;:?!])\\s?(?=[${HAN}])`, 'g'), wide)
    .replace(/(?<=[\w}])([,;?!])(?:\s|$)/g, wide)
    .replace(/(?<=\})([,;])/g, wide)
    .replace(/\(([^()]*[\u4e00-\u9fff][^()]*)\)/g, '\uff08$1\uff09')
    .replace(/(?<=[\u4e00-\u9fff])\(([^()]*)\)/g, '\uff08$1\uff09')
    .replace(/\(([^()]*)\)(?=[\u4e00-\u9fff])/g, '\uff08$1\uff09')
}

/** Sentences of the register that several pages say. */
import { useI18n } from 'vue-i18n'

const YUAN = 100

export function useSayings() {
  const { t } = useI18n()

  /** **************020X → 末四位 020X; a phone keeps its own form. */
  const tail = (masked: string | null): string | null =>
    masked && /^\*+\w+$/.test(masked) ? t('people.desk.last4', { tail: masked.replace(/^\*+/, '') }) : masked

  /** The opened income of a year: the sum, then its parts, in yuan. */
  function income(json: string): string {
    const told = JSON.parse(json) as Record<string, number>
    const yuan = (fen: number) =>
      (fen / YUAN).toLocaleString('en-US', {
        minimumFractionDigits: fen % YUAN ? 2 : 0,
        maximumFractionDigits: 2,
      })
    const parts = ['wage', 'business', 'property', 'transfer']
      .filter((one) => told[one])
      .map((one) => `${t(`people.fact.${one}`)} ${yuan(told[one] ?? 0)}`)
    const sum = ['wage', 'business', 'property', 'transfer'].reduce((all, one) => all + (told[one] ?? 0), 0)
    const cost = told.cost ?? 0
    return t('people.desk.income_said', {
      net: yuan(sum - cost),
      parts: [...parts, ...(cost ? [`${t('people.fact.cost')} −${yuan(cost)}`] : [])].join(
        t('people.desk.comma'),
      ),
    })
  }
  return { tail, income }
}

/** A row of the census in words: what stood there, and why what was written cannot be. */
import { shownName } from '@shared/people/told'
import { useI18n } from 'vue-i18n'
import { wrongOf, type Census, type Row } from './census'
import type { PackHome } from './due'

export function useShownRow(home: PackHome, census: Census) {
  const { t, locale } = useI18n()
  const options = (row: Row) =>
    census.optionsOf(row).map((one) => ({ code: one.code, name: locale.value === 'en' ? one.en : one.zh }))

  /** Null: nobody wrote it down. A masked name stays masked. */
  function shown(row: Row): string | null {
    if (row === 'people')
      return home.members.map(({ name }) => shownName(name)).join(t('grid.visit.and')) || null
    const value = census.known(row)
    if (value === null) return null
    if (typeof value === 'boolean') return t(value ? 'grid.visit.yes' : 'grid.visit.no')
    const option = options(row).find(({ code }) => code === value)
    if (option) return option.name
    return row === 'house_size_m2' ? `${value} ${t('grid.visit.m2')}` : value
  }
  function wrong(row: Row): string | null {
    const fault = census.stateOf(row) === 'changed' ? wrongOf(row, census.valueOf(row)) : null
    return fault && t(`grid.visit.wrong.${fault[0]}`, fault[1])
  }
  return { shown, wrong, options }
}

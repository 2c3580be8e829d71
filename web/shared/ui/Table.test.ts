import { mount } from '@vue/test-utils'
import { afterEach, expect, it, vi } from 'vitest'
import Table from './Table.vue'

const rows = [
  { id: '1', name: '=HYPERLINK("http://x")', n: -3.5 },
  { id: '2', name: '永乐村,三组', n: 4 },
]
const props = {
  rows,
  label: '试',
  file: '试',
  opens: true,
  rowKey: (row: object) => (row as { id: string }).id,
  columns: [
    { key: 'name', title: '名称' },
    { key: 'n', title: '数' },
  ],
}
const press = (key: string) => dispatchEvent(new KeyboardEvent('keydown', { key }))

afterEach(() => vi.restoreAllMocks())

it('moves with j and k and opens with Enter', () => {
  const table = mount(Table, { props, attachTo: document.body })
  press('j')
  press('j')
  press('k')
  press('Enter')
  expect(table.emitted('open')).toEqual([[rows[0]]])
  table.unmount()
})

it('exports text that no spreadsheet runs', async () => {
  let saved: Blob | undefined
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    saved = blob as Blob
    return 'blob:x'
  })
  vi.spyOn(URL, 'revokeObjectURL').mockImplementation(() => undefined)
  const table = mount(Table, { props })
  await table.findAll('button').at(-1)?.trigger('click')
  expect(await saved?.text()).toBe('\ufeff名称,数\r\n"\'=HYPERLINK(""http://x"")",-3.5\r\n"永乐村,三组",4')
})

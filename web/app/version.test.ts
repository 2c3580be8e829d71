import { expect, it } from 'vitest'
import { isBusy } from './version'

function page(html: string): HTMLElement {
  const made = document.createElement('main')
  made.innerHTML = html
  return made
}

it('somebody who typed something is in the middle of it', () => {
  const made = page('<textarea></textarea><input type="checkbox" value="x">')
  expect(isBusy(made)).toBe(false)
  ;(made.querySelector('textarea') as HTMLTextAreaElement).value = '渠'
  expect(isBusy(made)).toBe(true)
})

it('so is somebody whose answer is on its way', () => {
  expect(isBusy(page('<button aria-busy="true"></button>'))).toBe(true)
})

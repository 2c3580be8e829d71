import { describe, expect, it } from 'vitest'
import { ACTS, ASKS, isNeeded, mainOf, othersOf } from './acts'

describe('acts on a matter', () => {
  it('fills the move the matter waits for', () => {
    expect(mainOf(['remark', 'close', 'sign'])).toBe('sign')
    expect(mainOf(['close', 'suspend', 'remark'])).toBe('close')
    expect(mainOf(['resume', 'close'])).toBe('resume')
    expect(mainOf(['remark', 'split'])).toBeNull()
  })

  it('offers the rest in one order, and nothing the server did not open', () => {
    expect(othersOf(['remark', 'suspend', 'close', 'dance'])).toEqual(['suspend', 'remark'])
    expect(othersOf([])).toEqual([])
  })

  it('asks a reason where one is owed, and a word where there is nothing else to say', () => {
    for (const act of ['send_back', 'reopen', 'suspend', 'ask_extension', 'refuse_extension'] as const)
      expect(ASKS[act]).toContain('reason')
    expect(isNeeded('close', 'words')).toBe(true)
    expect(isNeeded('close', 'files')).toBe(false)
    expect(isNeeded('hand_up', 'note')).toBe(false)
    expect(isNeeded('remark', 'note')).toBe(true)
    expect(Object.keys(ASKS).sort()).toEqual([...ACTS].sort())
  })
})

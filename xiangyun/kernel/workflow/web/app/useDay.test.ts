import { describe, expect, it } from 'vitest'
import type { Work } from '../api'
import { sorted } from './useDay'

const ME = { account: 'me', name: '我' }
const OTHER = { account: 'other', name: '刘海军' }
function aWork(id: string, changes: Partial<Work> = {}): Work {
  return {
    id,
    state: 'taken',
    assignee: ME,
    due_at: '2026-11-24T12:00:00+08:00',
    take_by_at: null,
    severity: 3,
    is_late: false,
    is_unaccepted: false,
    ...changes,
  } as Work
}
const ids = (works: Work[]) => works.map(({ id }) => id)

describe('the day', () => {
  it('puts what asks for an answer within minutes before what is late before what is due', () => {
    const day = sorted(
      [
        aWork('later', { due_at: '2026-11-25T12:00:00+08:00' }),
        aWork('soon'),
        aWork('late', { is_late: true }),
        aWork('offered', {
          state: 'open',
          take_by_at: '2026-11-24T10:00:00+08:00',
          due_at: '2026-11-26T12:00:00+08:00',
        }),
      ],
      'me',
    )
    expect(ids(day.mine)).toEqual(['offered', 'late', 'soon', 'later'])
  })

  it('of two late things takes the graver first', () => {
    const late = { is_late: true }
    expect(
      ids(
        sorted([aWork('minor', { ...late, severity: 4 }), aWork('grave', { ...late, severity: 1 })], 'me')
          .mine,
      ),
    ).toEqual(['grave', 'minor'])
  })

  it('does not hold what is done', () => {
    expect(sorted([aWork('done', { state: 'done' })], 'me')).toEqual({ mine: [], nobody: [], others: [] })
  })

  it('keeps what nobody took apart from what others have', () => {
    const day = sorted(
      [
        aWork('theirs', { assignee: OTHER }),
        aWork('asked', { state: 'open', assignee: OTHER }),
        aWork('unanswered', { state: 'open', assignee: OTHER, is_unaccepted: true }),
        aWork('orphan', { state: 'open', assignee: null }),
      ],
      'me',
    )
    expect(ids(day.nobody)).toEqual(['unanswered', 'orphan'])
    expect(ids(day.others)).toEqual(['theirs', 'asked'])
  })
})

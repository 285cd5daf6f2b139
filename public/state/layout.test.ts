import { describe, expect, test } from 'bun:test'
import { type Line, type Logged, layout, type Outgoing } from './layout.ts'

const me = 'U1'
const minute = 60_000
const noon = new Date('2026-11-20T12:00:00').getTime()

const logged = (seq: number, from: string, minutes: number, text = `text ${seq}`): Logged => ({
  from,
  seq,
  time: new Date(noon + minutes * minute).toISOString(),
  data: { id: `M${seq}`, clientId: `c${seq}`, text },
})
const outgoing = (clientId: string, state: Outgoing['state'], minutes = 0): Outgoing => ({
  clientId,
  text: clientId,
  state,
  at: noon + minutes * minute,
})
const lines = (days: ReturnType<typeof layout>): readonly Line[] => days.flatMap((day) => day.lines)
const corners = (days: ReturnType<typeof layout>): string =>
  lines(days)
    .map((line) => (line.first ? '(' : '-') + (line.last ? ')' : '-'))
    .join(' ')

describe('the layout of a conversation', () => {
  test('messages of one person within five minutes are one group', () => {
    expect(
      corners(layout([logged(1, 'U2', 0), logged(2, 'U2', 1), logged(3, 'U2', 2), logged(4, 'U1', 3), logged(5, 'U1', 9)], [], me)),
    ).toBe('(- -- -) () ()')
  })

  test('days are separate, also within a group', () => {
    const days = layout([logged(1, 'U2', 12 * 60 - 1), logged(2, 'U2', 12 * 60 + 1)], [], me)
    expect(days.map((day) => day.lines.length)).toEqual([1, 1])
    expect(corners(days)).toBe('() ()')
  })

  test('a clock that runs behind does not put a message above the one before it', () => {
    const days = layout([logged(1, 'U2', 24 * 60), logged(2, 'U1', 0)], [], me)
    expect(lines(days).map((line) => line.seq)).toEqual([1, 2])
    expect(days.length).toBe(1)
  })

  test('what is on its way comes last, in the order in which it was written', () => {
    const days = layout([logged(1, 'U2', 5)], [outgoing('a', 'sending'), outgoing('b', 'queued')], me)
    expect(lines(days).map((line) => [line.text, line.state])).toEqual([
      ['text 1', 'posted'],
      ['a', 'sending'],
      ['b', 'queued'],
    ])
  })

  test('a message that has arrived in the log is shown once, under the key it had before', () => {
    const before = lines(layout([], [outgoing('c1', 'sending')], me))
    const after = lines(layout([logged(1, 'U1', 0)], [outgoing('c1', 'sent')], me))
    expect(after.map((line) => line.key)).toEqual(before.map((line) => line.key))
    expect(after.map((line) => line.state)).toEqual(['posted'])
  })

  test('somebody else’s client id is never taken for ours', () => {
    const days = layout([logged(1, 'U2', 0)], [outgoing('c1', 'queued')], me)
    expect(lines(days).length).toBe(2)
  })

  test('the mark is on the first unread message of the other person', () => {
    const days = layout([logged(1, 'U2', 0), logged(2, 'U1', 0), logged(3, 'U2', 0), logged(4, 'U2', 0)], [], me, 1)
    expect(lines(days).map((line) => line.unread)).toEqual([false, false, true, false])
    expect(lines(layout([logged(1, 'U2', 0)], [], me)).some((line) => line.unread)).toBe(false)
  })

  test('whoever answers below the mark has seen what is new, and it goes', () => {
    const said = [logged(1, 'U1', 0), logged(2, 'U2', 0)]
    expect(lines(layout(said, [], me, 1)).map((line) => line.unread)).toEqual([false, true])
    expect(lines(layout(said, [outgoing('a', 'queued')], me, 1)).some((line) => line.unread)).toBe(false)
    expect(lines(layout([...said, logged(3, 'U1', 0)], [], me, 1)).some((line) => line.unread)).toBe(false)
  })

  test.each([
    ['👍', true],
    ['👩‍👩‍👧 🇨🇳', true],
    ['❤️❤️❤️', true],
    ['👍👍👍👍', false],
    ['ok 👍', false],
    ['123', false],
    ['', false],
  ])('%p is shown large: %p', (text, jumbo) => {
    expect(lines(layout([logged(1, 'U2', 0, text)], [], me))[0]?.jumbo).toBe(jumbo)
  })
})

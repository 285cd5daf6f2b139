import { describe, expect, test } from 'bun:test'
import { calls as words } from '../i18n/calls-en.ts'
import { accountOf, durationClock, durationText, spoken, type Told, toldBy } from './call-account.ts'

const told = (more: Partial<Told>): Told => ({ kind: 'audio', state: 'ended', history: [{ what: 'start_call', user: 'U1' }], ...more })
const answered: Told['history'] = [
  { what: 'start_call', user: 'U1' },
  { what: 'receive_call', user: 'U2' },
]
const refused: Told['history'] = [{ what: 'reject_call', user: 'U2' }]

describe('what became of a call', () => {
  const lines: readonly (readonly [string, Told, caller: string, callee: string])[] = [
    ['rings', told({ state: 'ringing' }), 'Voice call, ringing…', 'Voice call, ringing…'],
    ['completed', told({ outcome: 'completed', durationMs: 192_000, history: answered }), 'Outgoing voice call', 'Incoming voice call'],
    ['missed', told({ outcome: 'missed' }), 'Voice call, no answer', 'Missed voice call'],
    ['declined', told({ outcome: 'declined', history: refused }), 'Declined voice call', 'Declined voice call'],
    ['busy', told({ outcome: 'busy' }), 'Voice call, the line was busy', 'Missed voice call'],
    ['cancelled', told({ kind: 'video', outcome: 'cancelled' }), 'Cancelled video call', 'Missed video call'],
    ['failed before an answer', told({ outcome: 'failed', reason: 'connection_lost' }), 'Failed voice call', 'Missed voice call'],
    ['failed after it', told({ outcome: 'failed', reason: 'ice_failed', history: answered }), 'Failed voice call', 'Failed voice call'],
  ]
  test.each(lines)('%s: both sides have their words', (_, call, caller, callee) => {
    expect(accountOf(call, 'U1', true, words).text).toBe(caller)
    expect(accountOf(call, 'U2', false, words).text).toBe(callee)
  })

  test('only whoever was called and did not come has missed it; a group goes on without them', () => {
    const call = told({ outcome: 'completed', durationMs: 60_000, history: answered })
    expect(accountOf(call, 'U1', true, words).isMissed).toBe(false)
    expect(accountOf(call, 'U2', false, words).isMissed).toBe(false)
    expect(accountOf(call, 'U3', false, words)).toMatchObject({ isMissed: true, detail: undefined })
  })

  test('a duration or a reason stands beside it', () => {
    expect(accountOf(told({ outcome: 'completed', durationMs: 192_000, history: answered }), 'U2', false, words).detail).toBe('3 min 12 s')
    expect(accountOf(told({ outcome: 'failed', reason: 'ice_failed' }), 'U1', true, words).detail).toBe(words.reasons.ice_failed)
    expect(accountOf(told({ outcome: 'failed', reason: 'never heard of' }), 'U1', true, words).detail).toBe(words.reasons.unknown)
  })
})

test('durations in words and on the clock', () => {
  expect([900, 59_000, 60_000, 3_783_000].map((ms) => durationText(ms, words))).toEqual(['1 s', '59 s', '1 min 0 s', '1 h 3 min'])
  expect([-5, 900, 72_000, 3_783_000].map(durationClock)).toEqual(['0:00', '0:00', '1:12', '1:03:03'])
})

test('in one line a message says its text, or what became of its call', () => {
  const content = { kind: 'calls', data: { ...told({ outcome: 'missed' }) } }
  expect(spoken({ from: 'U1', data: { text: 'Call (missed)', content } }, 'U2', words)).toBe('Missed voice call')
  expect(spoken({ from: 'U1', data: { text: 'Hello' } }, 'U2', words)).toBe('Hello')
  expect(spoken({ from: 'U1', data: {} }, 'U2', words)).toBe('')
})

test('only a message about a call tells of one, and only in its own form', () => {
  const data = { call: 'C1', kind: 'video', state: 'ringing', history: [] }
  expect(toldBy({ kind: 'calls', data })).toMatchObject({ kind: 'video' })
  expect(toldBy(undefined)).toBeUndefined()
  expect(toldBy({ kind: 'poll', data })).toBeUndefined()
  for (const broken of [{ kind: 'smell' }, { state: 7 }, { history: 'none' }])
    expect(toldBy({ kind: 'calls', data: { ...data, ...broken } })).toBeUndefined()
})

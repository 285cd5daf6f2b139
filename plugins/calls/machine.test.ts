import { describe, expect, test } from 'bun:test'
import { AppError } from '#core'
import type { Call } from './call.ts'
import { viewOf } from './call.ts'
import { type Act, admit, apply, begin, dueMs, find, type Rules, restart, type Step, tick } from './machine.ts'

const startMs = Date.UTC(2026, 10, 20, 12)
const rules: Rules = { graceMs: 20_000, capacity: 4 }
const media = { audio: true, video: false, screen: false }
const draft = { id: 'C1', kind: 'audio', caller: 'U1', device: 'ann-phone', media, nowMs: startMs, ringMs: 30_000 } as const
const direct = begin({ ...draft, others: ['U2'], busy: [] })
const group = begin({ ...draft, group: 'G1', others: ['U2', 'U3', 'U4', 'U5'], busy: [] })

type Loose = { [K in Act['verb']]: { verb: K } }[Act['verb']] & Record<string, unknown>
/** Acts one after another, `user device verb`, a second between each two. */
const play = (begun: Step, ...acts: readonly (string | Loose)[]): Call =>
  acts.reduce((call: Call, act, index) => apply(call, read(act), startMs + (index + 1) * 1_000, rules).call, begun.call)
const read = (act: string | Loose): Act => {
  if (typeof act !== 'string') return { user: 'U1', device: 'ann-phone', ...act } as unknown as Act
  const [user, device, verb] = act.split(' ')
  return { user, device, verb, media, busy: false, reason: 'hangup' } as Act
}
const refusal = (work: () => unknown): string => {
  try {
    work()
  } catch (failure) {
    if (failure instanceof AppError) return failure.code
    throw failure
  }
  return 'none'
}
const fate = ({ state, outcome, reason }: Call) => [state, outcome, reason].filter(Boolean).join(' ')
const answered = ['U2 bob-phone accept']

describe('a call of two', () => {
  test('rings, is answered, and is over when one of them hangs up', () => {
    const call = play(direct, 'U2 bob-phone ring', 'U2 bob-phone accept', 'U1 ann-phone hangup')
    expect(viewOf(call)).toMatchObject({ state: 'ended', outcome: 'completed', reason: 'hangup', durationMs: 1_000 })
    expect(call.people.map(({ state }) => state)).toEqual(['left', 'left'])
    expect(call.history.map(({ what, user }) => `${what} ${user}`)).toEqual(['start_call U1', 'receive_call U2'])
  })

  test('tells its caller on how many devices it rings, each counted once', () => {
    const call = play(direct, 'U2 bob-phone ring', 'U2 bob-phone ring', 'U2 bob-laptop ring')
    expect(viewOf(call).people[1]?.ringing).toBe(2)
    expect(viewOf(play({ call, news: [] }, 'U2 bob-phone drop')).people[1]?.ringing).toBe(1)
  })

  test('is answered by one device; another one is told so, and cannot decline for it', () => {
    const call = play(direct, ...answered)
    expect(refusal(() => play({ call, news: [] }, 'U2 bob-laptop accept'))).toBe('CALLS_ANSWERED_ELSEWHERE')
    expect(refusal(() => play({ call, news: [] }, 'U2 bob-laptop decline'))).toBe('CALLS_ANSWERED_ELSEWHERE')
    expect(refusal(() => play({ call, news: [] }, 'U2 bob-laptop hangup'))).toBe('CALLS_ANSWERED_ELSEWHERE')
    expect(refusal(() => play({ call, news: [] }, 'U2 bob-laptop ring'))).toBe('CALLS_ANSWERED_ELSEWHERE')
  })

  test('knows no news of what somebody sends if it is what they sent before', () => {
    const say = (call: Call, video: boolean): Step =>
      apply(call, { user: 'U1', device: 'ann-phone', verb: 'media', media: { ...media, video } }, startMs, rules)
    expect(say(direct.call, false)).toEqual({ call: direct.call, news: [] })
    const changed = say(direct.call, true)
    expect(changed.news).toEqual([{ what: 'media', user: 'U1' }])
    expect(say(changed.call, true).news).toEqual([])
  })

  test.each([
    ['declined', ['U2 bob-phone decline'], 'ended declined declined'],
    ['declined as busy', [{ user: 'U2', verb: 'decline', busy: true }], 'ended busy busy'],
    ['cancelled', ['U1 ann-phone cancel'], 'ended cancelled cancelled'],
    ['hung up before an answer', ['U1 ann-phone hangup'], 'ended cancelled hangup'],
    ['given up by its caller, who has no microphone', [{ verb: 'hangup', reason: 'media_failed' }], 'ended failed media_failed'],
    ['answered, and finds no way', [...answered, { verb: 'hangup', reason: 'ice_failed' }], 'ended failed ice_failed'],
  ] as [string, (string | Loose)[], string][])('%s is over and says so', (_, acts, expected) => {
    expect(fate(play(direct, ...acts))).toBe(expected)
  })

  test('to somebody who is in a call is over at once, and they learn of it', () => {
    const { call, news } = begin({ ...draft, others: ['U2'], busy: ['U2'] })
    expect([fate(call), ...news.map(({ what }) => what)]).toEqual(['ended busy busy', 'invited', 'ended'])
    expect(find(call, 'U2')?.state).toBe('busy')
  })

  test('nobody answers is missed after its time, and not before', () => {
    expect(tick(direct.call, startMs + 29_999, rules).news).toEqual([])
    const { call, news } = tick(direct.call, startMs + 30_000, rules)
    expect([fate(call), find(call, 'U2')?.state, news.length]).toEqual(['ended missed timeout', 'missed', 1])
  })

  test.each([
    ['U2 bob-phone accept'],
    ['U2 bob-phone decline'],
    ['U2 bob-phone ring'],
    ['U1 ann-phone cancel'],
    ['U1 ann-phone hangup'],
    ['U1 ann-phone resume'],
    ['U1 ann-phone media'],
  ])('that is over takes no more: %s', (act) => {
    const call = play(direct, 'U1 ann-phone cancel')
    expect(refusal(() => apply(call, read(act), startMs, rules))).toBe('CALLS_ENDED')
  })

  test('that was answered can be hung up and not cancelled', () => {
    expect(refusal(() => play(direct, ...answered, 'U1 ann-phone cancel'))).toBe('CALLS_STATE')
  })

  test('is nobody else’s', () => {
    for (const verb of ['ring', 'accept', 'decline', 'cancel', 'hangup', 'resume', 'media']) {
      expect(refusal(() => play(direct, `U9 eve-phone ${verb}`))).toBe('CALLS_NO_SUCH_CALL')
    }
    expect(play(direct, 'U9 eve-phone drop')).toEqual(direct.call)
  })

  test('takes from whoever has not answered no more than an answer', () => {
    for (const verb of ['cancel', 'hangup', 'resume', 'media']) {
      expect(refusal(() => play(direct, `U2 bob-phone ${verb}`))).toBe('CALLS_NOT_IN_CALL')
    }
  })
})

describe('a change that is sent again', () => {
  const once = { user: 'U2', device: 'bob-phone', verb: 'accept', media, n: 1 } as const

  test('changes nothing, even after the call is over', () => {
    const call = play(direct, once)
    expect(apply(call, once, startMs, rules)).toEqual({ call, news: [] })
    const hangup = { ...once, verb: 'hangup', reason: 'hangup', n: 2 } as const
    const over = apply(call, hangup, startMs, rules).call
    expect(apply(over, hangup, startMs, rules)).toEqual({ call: over, news: [] })
    expect(refusal(() => apply(over, { ...hangup, n: 3 }, startMs, rules))).toBe('CALLS_ENDED')
  })

  test('as something else is refused', () => {
    const call = play(direct, once)
    expect(refusal(() => apply(call, { ...once, verb: 'media' }, startMs, rules))).toBe('CALLS_STALE')
  })
})

describe('a device that drops', () => {
  test('may come back within its grace, and the call goes on', () => {
    const dropped = play(direct, ...answered, 'U2 bob-phone drop')
    expect(viewOf(dropped).people[1]?.party?.away).toBe(true)
    expect(tick(dropped, startMs + 21_999, rules).news).toEqual([])
    const back = play({ call: dropped, news: [] }, 'U2 bob-phone resume')
    expect([viewOf(back).people[1]?.party, tick(back, startMs + 100_000, rules).news]).toEqual([{ id: 2, media, away: false }, []])
  })

  test('has left after it; of two, the call is over', () => {
    const dropped = play(direct, ...answered, 'U2 bob-phone drop')
    expect(dueMs(dropped, rules)).toBe(startMs + 22_000)
    expect(fate(tick(dropped, startMs + 22_000, rules).call)).toBe('ended failed connection_lost')
  })

  test('and was the caller’s, before an answer: the other one has missed the call', () => {
    expect(fate(tick(play(direct, 'U1 ann-phone drop'), startMs + 21_000, rules).call)).toBe('ended missed connection_lost')
  })

  test('is nobody’s but the one that was there', () => {
    expect(play(direct, ...answered, 'U2 bob-laptop drop')).toEqual(play(direct, ...answered))
    expect(refusal(() => play(direct, ...answered, 'U2 bob-phone drop', 'U2 bob-laptop resume'))).toBe('CALLS_ANSWERED_ELSEWHERE')
  })
})

describe('a restart', () => {
  test('gives everybody their grace again, and then the call is over', () => {
    const found = restart(play(direct, 'U2 bob-phone ring', 'U2 bob-phone accept'), startMs + 60_000)
    expect(found.people.map(({ party }) => party?.away?.reason)).toEqual(['server_restart', 'server_restart'])
    expect(fate(tick(found, startMs + 80_000, rules).call)).toBe('ended failed server_restart')
    const back = play({ call: found, news: [] }, 'U1 ann-phone resume', 'U2 bob-phone resume')
    expect([fate(back), tick(back, startMs + 80_000, rules).news]).toEqual(['active', []])
  })

  test('forgets who rang, and when the ring ends stays as it was', () => {
    const found = restart(play(direct, 'U2 bob-phone ring'), startMs + 5_000)
    expect([viewOf(found).people[1]?.ringing, dueMs(found, rules)]).toEqual([0, startMs + 25_000])
    expect(fate(tick(found, startMs + 31_000, rules).call)).toBe('ended missed server_restart')
  })
})

describe('a call of a group', () => {
  test('is over when the last one leaves, and anybody may come back before', () => {
    const two = play(group, 'U2 bob-phone accept', 'U3 cyd-phone accept', 'U1 ann-phone hangup', 'U2 bob-phone hangup')
    expect([fate(two), two.people.map(({ state }) => state)]).toEqual(['active', ['left', 'left', 'joined', 'invited', 'invited']])
    const back = play({ call: two, news: [] }, 'U1 ann-laptop accept', 'U3 cyd-phone hangup')
    expect(find(back, 'U1')?.party).toMatchObject({ id: 4, device: 'ann-laptop' })
    expect(fate(play({ call: back, news: [] }, 'U1 ann-laptop hangup'))).toBe('ended completed hangup')
  })

  test('takes as many as it may', () => {
    const full = play(group, 'U2 b-phone accept', 'U3 c-phone accept', 'U4 d-phone accept')
    expect(refusal(() => play({ call: full, news: [] }, 'U5 e-phone accept'))).toBe('CALLS_FULL')
  })

  test('stops ringing for those who do not come, and goes on for the others', () => {
    const { call } = tick(play(group, 'U2 b-phone accept', 'U3 c-phone decline'), startMs + 30_000, rules)
    expect([fate(call), call.people.map(({ state }) => state)]).toEqual(['active', ['joined', 'joined', 'declined', 'missed', 'missed']])
    expect(find(play({ call, news: [] }, 'U5 e-phone accept'), 'U5')?.state).toBe('joined')
  })

  test('nobody comes to is missed; all refuse is declined', () => {
    expect(fate(tick(group.call, startMs + 30_000, rules).call)).toBe('ended missed timeout')
    const refused = ['U2', 'U3', 'U4', 'U5'].map((user) => `${user} phone-0 decline`)
    expect(fate(play(group, ...refused))).toBe('ended declined declined')
  })

  test('in which nobody can be rung stands open', () => {
    const open = begin({ ...draft, group: 'G1', others: [], busy: [] })
    expect([fate(open.call), dueMs(open.call, rules)]).toEqual(['active', undefined])
    const joined = apply(admit(open.call, 'U7'), read('U7 g-phone accept'), startMs, rules).call
    expect(viewOf(joined).people.map(({ user }) => user)).toEqual(['U1', 'U7'])
    expect(fate(play(open, 'U1 ann-phone hangup'))).toBe('ended cancelled hangup')
  })
})

test('a view names no device: who knows one could take its place', () => {
  const call = play(direct, 'U2 bob-phone ring', 'U2 bob-phone accept')
  expect(JSON.stringify(viewOf(call))).not.toMatch(/ann-phone|bob-phone/)
})

test('an admitted person changes no call of two, and none that is over', () => {
  expect(admit(direct.call, 'U9')).toBe(direct.call)
  const over = play(group, 'U1 ann-phone cancel')
  expect(admit(over, 'U9')).toBe(over)
})

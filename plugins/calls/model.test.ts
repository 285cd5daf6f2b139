// Random verbs of random devices, drops, restarts and time, against what the devices themselves remember: never two winners,
// no call without an end, no log that disagrees.
import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { AppError } from '#core'
import { type Call, viewOf } from './call.ts'
import { type Act, apply, begin, dueMs, expel, partiesOf, type Rules, restart, type Step, sever, tick } from './machine.ts'

const rules: Rules = { graceMs: 20_000, capacity: 3 }
const users = ['U1', 'U2', 'U3', 'U4'] as const
const devices = ['phone-00', 'laptop-0'] as const
const media = { audio: true, video: false, screen: false }
const verbs = ['ring', 'accept', 'accept', 'decline', 'cancel', 'hangup', 'media', 'drop', 'resume'] as const

const step = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('act' as const),
      user: fc.constantFrom(...users),
      device: fc.constantFrom(...devices),
      verb: fc.constantFrom(...verbs),
      isAgain: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 25_000 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('block' as const), by: fc.constantFrom(...users), other: fc.constantFrom(...users) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('gone' as const), users: fc.subarray([...users], { minLength: 1 }) }) },
)
type Doing = typeof step extends fc.Arbitrary<infer S> ? S : never

/** What anybody can know who only listens: who was let in, who left, when the first one answered. */
class Witness {
  readonly in = new Map<string, string>([['U1', 'phone-00']])
  answeredMs: number | undefined
  readonly last = new Map<string, { verb: string; n: number }>()

  saw(before: Call, call: Call, act: Act, nowMs: number): void {
    if (act.verb === 'accept' && !this.in.has(act.user)) {
      this.in.set(act.user, act.device)
      this.answeredMs ??= nowMs
    }
    if (act.verb === 'hangup' && before.version !== call.version) this.in.delete(act.user)
    if (call.state === 'ended') this.in.clear()
  }
}

const check = (call: Call, witness: Witness): void => {
  const winners = call.people.flatMap(({ user, party }) => (party ? [[user, party.device] as const] : []))
  expect(new Map(winners)).toEqual(witness.in)
  expect(winners.length).toBeLessThanOrEqual(call.group === undefined ? 2 : rules.capacity)
  expect(new Set(partiesOf(call).map(({ id }) => id)).size).toBe(winners.length)
  expect(call.answeredMs).toBe(witness.answeredMs as number)
  // A call in which nobody is and nobody rings would never end.
  if (call.state === 'ended') expect([winners.length, typeof call.outcome, dueMs(call, rules)]).toEqual([0, 'string', undefined])
  else expect(winners.length).toBeGreaterThan(0)
  if (call.state === 'ringing') expect(call.people.some(({ state }) => state === 'invited')).toBe(true)
}

const checkLog = (call: Call): void => {
  const { outcome, durationMs, history } = viewOf(call)
  const hasTalked = history.some(({ what }) => what === 'receive_call')
  if (outcome === 'completed') expect(hasTalked).toBe(true)
  if (outcome === 'missed' || outcome === 'cancelled' || outcome === 'busy' || outcome === 'declined') expect(hasTalked).toBe(false)
  expect(durationMs !== undefined).toBe(hasTalked)
  if (outcome === 'declined') expect(history.some(({ what }) => what === 'reject_call')).toBe(true)
  expect(history.filter(({ what }) => what === 'start_call').length).toBe(1)
  expect(call.people.some(({ state }) => state === 'invited' || state === 'joined')).toBe(false)
}

class Run {
  call: Call
  nowMs = 1_000_000
  readonly #witness = new Witness()
  commands = 0

  constructor(isGroup: boolean) {
    const others = isGroup ? users.slice(1) : ['U2']
    const draft = { id: 'C1', kind: 'audio', caller: 'U1', device: 'phone-00', media, busy: [], nowMs: this.nowMs, ringMs: 30_000 } as const
    this.call = begin({ ...draft, others, ...(isGroup && { group: 'G1' }) }).call
  }

  do(doing: Doing): void {
    this.commands++
    if (doing.kind === 'act') this.#act(doing)
    else if (doing.kind === 'time') this.#pass(doing.ms)
    else if (doing.kind === 'block') this.#put(sever(this.call, doing.by, doing.other, this.nowMs))
    else if (doing.kind === 'gone') this.#part(doing.users)
    else if (this.call.state !== 'ended') this.call = restart(this.call, this.nowMs)
    check(this.call, this.#witness)
  }

  /** Nobody is connected any more, and time passes. */
  end(): void {
    for (const user of users) for (const device of devices) this.#try({ verb: 'drop', user, device })
    for (let turn = 0; turn < 10 && this.call.state !== 'ended'; turn++) this.#pass(30_000)
    expect(this.call.state).toBe('ended')
    checkLog(this.call)
  }

  #act({ user, device, verb, isAgain }: Extract<Doing, { kind: 'act' }>): void {
    const who = `${user} ${device}`
    const last = this.#witness.last.get(who)
    const isNumbered = verb !== 'drop' && verb !== 'resume' && verb !== 'ring'
    const n = isNumbered ? (isAgain && last?.verb === verb ? last.n : (last?.n ?? 0) + 1) : undefined
    const act = { user, device, verb, media, busy: false, reason: 'hangup', ...(n !== undefined && { n }) } as Act
    const before = this.call
    const wasDone = this.#try(act)
    if (!wasDone) return
    const isRepeat = n !== undefined && last?.n === n
    // Who repeats an acceptance may have been away until then.
    if (isRepeat && before.version === this.call.version) expect(this.call).toEqual(before)
    else if (isRepeat) expect([verb, partiesOf(this.call).length]).toEqual(['accept', partiesOf(before).length])
    else this.#witness.saw(before, this.call, act, this.nowMs)
    if (n !== undefined) this.#witness.last.set(who, { verb, n })
  }

  /** False if it was refused, which must have changed nothing. */
  #try(act: Act): boolean {
    const before = structuredClone(this.call)
    try {
      const { call, news } = apply(this.call, act, this.nowMs, rules)
      if (before.state === 'ended') expect([news, viewOf(call)]).toEqual([[], viewOf(before)])
      if (news.length > 0) expect(call.version).toBeGreaterThan(before.version)
      this.call = call
      return true
    } catch (failure) {
      if (!(failure instanceof AppError)) throw failure
      expect(this.call).toEqual(before)
      return false
    }
  }

  #pass(ms: number): void {
    this.nowMs += ms
    const due = dueMs(this.call, rules)
    const { call, news } = tick(this.call, this.nowMs, rules)
    expect(news.length > 0).toBe(due !== undefined && due <= this.nowMs)
    this.#put({ call, news })
  }

  // Groups have members; two people are nobody's.
  #part(gone: readonly (typeof users)[number][]): void {
    if (this.call.group === undefined) return
    this.#put(expel(this.call, gone, this.nowMs))
    if (this.call.state !== 'ended') expect(this.call.people.filter(({ user }) => gone.some((one) => one === user))).toEqual([])
  }

  /** What nobody in the call did: who is out of it by that is no news to them. */
  #put({ call, news }: Step): void {
    expect(call.version > this.call.version).toBe(news.length > 0)
    this.call = call
    for (const [user] of this.#witness.in) {
      if (!call.people.find((person) => person.user === user)?.party) this.#witness.in.delete(user)
    }
  }
}

test('whatever is done and lost, one device of each person wins, every call ends, and its log says what happened', () => {
  let commands = 0
  fc.assert(
    fc.property(fc.boolean(), fc.array(step, { maxLength: 40 }), (isGroup, steps) => {
      const run = new Run(isGroup)
      for (const doing of steps) run.do(doing)
      run.end()
      commands += run.commands
    }),
    { numRuns: 300 },
  )
  expect(commands).toBeGreaterThan(1_000)
})

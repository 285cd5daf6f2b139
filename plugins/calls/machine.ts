// The call machine: a call, what somebody does, and the time go in; the next call and the news of it come out. No I/O, no
// clock, no memory. What it does not return did not happen.
//
//   ringing ──accept──▶ active ──the last one out (of two: the first)──▶ ended: completed, failed
//      └── decline, cancel, time, nobody there ──▶ ended: declined, busy, cancelled, missed, failed
import type { Call, Kind, LeaveReason, Media, Outcome, Party, Person, Reason } from './call.ts'
import { errors } from './errors.ts'

/** What a person does with a device; `n` numbers what may be sent again. */
export type Act = { readonly user: string; readonly device: string; readonly n?: number } & (
  | { readonly verb: 'ring' | 'cancel' | 'resume' | 'drop' }
  | { readonly verb: 'accept'; readonly media: Media }
  | { readonly verb: 'decline'; readonly busy: boolean }
  | { readonly verb: 'hangup'; readonly reason: LeaveReason }
  | { readonly verb: 'media'; readonly media: Media }
)
type Of<V extends Act['verb']> = Extract<Act, { readonly verb: V }>

/** What has changed, in a word, and who did it. */
export interface News {
  readonly what: 'invited' | 'rang' | 'accepted' | 'declined' | 'media' | 'dropped' | 'resumed' | 'left' | 'ended'
  readonly user: string
}

/** A call after a change. Without news nothing has changed. */
export interface Step {
  readonly call: Call
  readonly news: readonly News[]
}

/** How a call begins. */
export interface Draft {
  readonly id: string
  readonly group?: string
  readonly kind: Kind
  readonly caller: string
  readonly device: string
  readonly media: Media
  /** Who is rung, without the caller. */
  readonly others: readonly string[]
  /** Those of them who cannot be asked now. */
  readonly busy: readonly string[]
  readonly nowMs: number
  readonly ringMs: number
}

/** Milliseconds that a party may be away. */
export interface Rules {
  readonly graceMs: number
  /** People that a group call takes. */
  readonly capacity: number
}

const ringingDevices = 20
const seenLimit = 128
const historyLimit = 64

/** A new call, ringing; or over at once, if the only other one is busy. */
export const begin = (draft: Draft): Step => {
  const { id, group, kind, caller, device, media, nowMs } = draft
  const others = draft.others.map((user): Person => ({ user, state: draft.busy.includes(user) ? 'busy' : 'invited', ringing: [] }))
  const call: Call = {
    id,
    ...(group !== undefined && { group }),
    kind,
    mode: 'mesh',
    caller,
    state: 'ringing',
    version: 1,
    lastParty: 1,
    people: [{ user: caller, state: 'joined', ringing: [], party: { id: 1, device, media } }, ...others],
    startedMs: nowMs,
    ringUntilMs: nowMs + draft.ringMs,
    history: [{ what: 'start_call', user: caller, atMs: nowMs }],
    seen: [],
  }
  const invited: News = { what: 'invited', user: caller }
  if (group === undefined && others.every(({ state }) => state === 'busy')) {
    return { call: over(call, 'busy', 'busy', nowMs), news: [invited, { what: 'ended', user: others[0]?.user ?? caller }] }
  }
  // A group in which nobody can be rung has a call that stands open, for whoever comes.
  return { call: isRinging(call) ? call : { ...call, state: 'active' }, news: [invited] }
}

/** What somebody does. Throws what the catalogue has for what does not fit; then nothing has changed. */
export const apply = (call: Call, act: Act, nowMs: number, rules: Rules): Step => {
  if (isRepeat(call, act)) return act.verb === 'accept' ? acceptAgain(call, act) : { call, news: [] }
  const step = doers[act.verb](call, act as never, nowMs, rules)
  return { call: remember(step.call, act), news: step.news }
}

/** What time does: rings end, and who stays away is out. */
export const tick = (call: Call, nowMs: number, rules: Rules): Step => {
  if (call.state === 'ended') return { call, news: [] }
  let step: Step = { call, news: [] }
  for (const { user, party } of call.people) {
    if (!party?.away || nowMs < party.away.sinceMs + rules.graceMs || step.call.state === 'ended') continue
    const next = leave(step.call, user, party.away.reason, nowMs)
    step = { call: next.call, news: [...step.news, ...next.news] }
  }
  if (step.call.state === 'ended' || nowMs < call.ringUntilMs || !isRinging(step.call)) return step
  if (step.call.state === 'ringing') {
    return { call: over(step.call, 'missed', 'timeout', nowMs), news: [...step.news, { what: 'ended', user: call.caller }] }
  }
  const missed = change(step.call, { people: step.call.people.map(unanswered) })
  return { call: missed, news: [...step.news, { what: 'left', user: call.caller }] }
}

/** Somebody has blocked somebody: who did it hangs up, declines or takes the call back, as far as it is between the two. */
export const sever = (call: Call, by: string, other: string, nowMs: number): Step => {
  const [mine, theirs] = [find(call, by), find(call, other)]
  if (call.state === 'ended' || !mine || !theirs) return { call, news: [] }
  if (call.group === undefined && mine.party) return leave(call, by, 'hangup', nowMs)
  if (mine.state === 'invited' && call.caller === other) return decline(call, { verb: 'decline', user: by, device: '', busy: false }, nowMs)
  // What remains is a group's call. In it both may be, but the one rings the other no longer.
  if (theirs.state !== 'invited' || call.caller !== by) return { call, news: [] }
  const silent = withPerson(call, unanswered(theirs))
  if (silent.state === 'ringing' && !isRinging(silent)) {
    return { call: over(silent, 'cancelled', 'cancelled', nowMs), news: [{ what: 'ended', user: by }] }
  }
  return { call: silent, news: [{ what: 'left', user: other }] }
}

/** These are out of the call's group: they are no longer among its people. Without the others in it, it is over. */
export const expel = (call: Call, users: readonly string[], nowMs: number): Step => {
  const gone = call.people.filter(({ user }) => users.includes(user))
  const [first] = gone
  if (call.state === 'ended' || !first) return { call, news: [] }
  const rest = change(call, { people: call.people.filter((person) => !gone.includes(person)) })
  const isEmpty = partiesOf(rest).length === 0
  if (isEmpty || (call.state === 'ringing' && !isRinging(rest))) {
    const outcome = isEmpty ? outcomeOf(call, 'left_group') : 'missed'
    return { call: over(call, outcome, 'left_group', nowMs), news: [{ what: 'ended', user: first.user }] }
  }
  return { call: rest, news: gone.map(({ user }) => ({ what: 'left', user })) }
}

/** A call as the last that somebody sees of it who is out of its group. */
export const farewell = (call: Call, user: string, nowMs: number): Call =>
  over(call, find(call, user)?.party ? outcomeOf(call, 'left_group') : 'missed', 'left_group', nowMs)

/** When `tick` has something to do next; `undefined`: never, unless somebody acts. */
export const dueMs = (call: Call, { graceMs }: Rules): number | undefined => {
  if (call.state === 'ended') return undefined
  const dues = call.people.flatMap(({ party }) => (party?.away ? [party.away.sinceMs + graceMs] : []))
  if (isRinging(call)) dues.push(call.ringUntilMs)
  return dues.length === 0 ? undefined : Math.min(...dues)
}

/** A call as a server finds it that has just begun: nobody is connected, and all have their time to come back. */
export const restart = (call: Call, nowMs: number): Call =>
  change(call, {
    people: call.people.map((person) => ({
      ...person,
      ringing: [],
      ...(person.party && { party: { ...person.party, away: { sinceMs: nowMs, reason: 'server_restart' as const } } }),
    })),
  })

const ring = (call: Call, { user, device }: Of<'ring'>): Step => {
  const person = open(call, user)
  if (person.party) throw errors.ANSWERED_ELSEWHERE()
  if (person.state !== 'invited') throw errors.STATE({ state: `${call.state}, and you are ${person.state}` })
  if (person.ringing.includes(device) || person.ringing.length >= ringingDevices) return { call, news: [] }
  return { call: withPerson(call, { ...person, ringing: [...person.ringing, device] }), news: [{ what: 'rang', user }] }
}

const accept = (call: Call, { user, device, media }: Of<'accept'>, nowMs: number, { capacity }: Rules): Step => {
  const person = open(call, user)
  if (person.party?.device === device) return acceptAgain(call, { user, device })
  if (person.party) throw errors.ANSWERED_ELSEWHERE()
  const limit = call.group === undefined ? 2 : capacity
  if (partiesOf(call).length >= limit) throw errors.FULL({ limit })
  const id = call.lastParty + 1
  const joined = withPerson(call, { user, state: 'joined', ringing: [], party: { id, device, media } })
  const next = change(joined, {
    state: 'active',
    lastParty: id,
    answeredMs: call.answeredMs ?? nowMs,
    history: told(call, 'receive_call', user, nowMs),
  })
  return { call: next, news: [{ what: 'accepted', user }] }
}

const decline = (call: Call, { user, busy }: Of<'decline'>, nowMs: number): Step => {
  const person = open(call, user)
  if (person.party) throw errors.ANSWERED_ELSEWHERE()
  if (person.state !== 'invited') throw errors.STATE({ state: `${call.state}, and you are ${person.state}` })
  const state = busy ? 'busy' : 'declined'
  const declined = withPerson(change(call, { history: told(call, 'reject_call', user, nowMs) }), { user, state, ringing: [] })
  const news: News = { what: 'declined', user }
  if (declined.state === 'ringing' && !isRinging(declined)) {
    return { call: over(declined, state, state, nowMs), news: [news, { what: 'ended', user }] }
  }
  return { call: declined, news: [news] }
}

const cancel = (call: Call, { user, device }: Of<'cancel'>, nowMs: number): Step => {
  inCall(call, user, device)
  if (call.state !== 'ringing') throw errors.STATE({ state: call.state })
  return { call: over(call, 'cancelled', 'cancelled', nowMs), news: [{ what: 'ended', user }] }
}

const hangup = (call: Call, { user, device, reason }: Of<'hangup'>, nowMs: number): Step => {
  inCall(call, user, device)
  return leave(call, user, reason, nowMs)
}

const setMedia = (call: Call, { user, device, media }: Of<'media'>): Step => {
  const { party, ...person } = inCall(call, user, device)
  const { audio, video, screen } = party.media
  if (media.audio === audio && media.video === video && media.screen === screen) return { call, news: [] }
  return { call: withPerson(call, { ...person, party: { ...party, media } }), news: [{ what: 'media', user }] }
}

const drop = (call: Call, { user, device }: Of<'drop'>, nowMs: number): Step => {
  const person = find(call, user)
  if (!person || call.state === 'ended') return { call, news: [] }
  const { party } = person
  if (party?.device === device && !party.away) {
    const away = { sinceMs: nowMs, reason: 'connection_lost' as const }
    return { call: withPerson(call, { ...person, party: { ...party, away } }), news: [{ what: 'dropped', user }] }
  }
  if (!person.ringing.includes(device)) return { call, news: [] }
  const ringing = person.ringing.filter((other) => other !== device)
  return { call: withPerson(call, { ...person, ringing }), news: [{ what: 'rang', user }] }
}

type Device = Pick<Act, 'user' | 'device'>

// The first answer was lost with its connection: the device is back by asking again, if it is in the call still.
const acceptAgain = (call: Call, { user, device }: Device): Step =>
  find(call, user)?.party?.device === device ? resume(call, { user, device }) : { call, news: [] }

const resume = (call: Call, { user, device }: Device): Step => {
  const { party, ...person } = inCall(call, user, device)
  if (!party.away) return { call, news: [] }
  const { away: _, ...back } = party
  return { call: withPerson(call, { ...person, party: back }), news: [{ what: 'resumed', user }] }
}

const doers: { readonly [V in Act['verb']]: (call: Call, act: Of<V>, nowMs: number, rules: Rules) => Step } = {
  ring,
  accept,
  decline,
  cancel,
  hangup,
  media: setMedia,
  drop,
  resume,
}

/** Whoever is in a call goes. Of two, the other one has nobody to talk to. */
const leave = (call: Call, user: string, reason: Reason, nowMs: number): Step => {
  const left = withPerson(call, { user, state: 'left', ringing: [] })
  const isLast = call.group === undefined || partiesOf(left).length === 0
  if (!isLast) return { call: left, news: [{ what: 'left', user }] }
  return { call: over(left, outcomeOf(call, reason), reason, nowMs), news: [{ what: 'ended', user }] }
}

// Nobody has answered a call that still rings: for those who were called it is one they missed, unless its caller wanted it so.
const outcomeOf = ({ answeredMs, group }: Call, reason: Reason): Outcome => {
  const isLost = reason === 'connection_lost' || reason === 'server_restart'
  const isMeant = reason === 'hangup' || reason === 'left_group'
  if (answeredMs === undefined) return isMeant ? 'cancelled' : isLost ? 'missed' : 'failed'
  return reason === 'hangup' || group !== undefined ? 'completed' : 'failed'
}

const over = (call: Call, outcome: Outcome, reason: Reason, nowMs: number): Call =>
  change(call, {
    state: 'ended',
    endedMs: nowMs,
    outcome,
    reason,
    people: call.people.map((person) => (person.party ? { user: person.user, state: 'left', ringing: [] } : unanswered(person))),
  })

const unanswered = (person: Person): Person => (person.state === 'invited' ? { ...person, state: 'missed', ringing: [] } : person)

/** The devices in a call. */
export const partiesOf = (call: Call): readonly Party[] => call.people.flatMap(({ party }) => (party ? [party] : []))

/** The person of a call, if they are one of its people. */
export const find = (call: Call, user: string): Person | undefined => call.people.find((person) => person.user === user)

const isRinging = (call: Call): boolean => call.people.some(({ state }) => state === 'invited')

const open = (call: Call, user: string): Person => {
  const person = find(call, user)
  if (!person) throw errors.NO_SUCH_CALL()
  if (call.state === 'ended') throw errors.ENDED({ outcome: call.outcome ?? 'failed' })
  return person
}

const inCall = (call: Call, user: string, device: string): Person & { readonly party: Party } => {
  const { party, ...person } = open(call, user)
  if (!party) throw errors.NOT_IN_CALL()
  if (party.device !== device) throw errors.ANSWERED_ELSEWHERE()
  return { ...person, party }
}

const change = (call: Call, part: Partial<Call>): Call => ({ ...call, ...part, version: call.version + 1 })

const withPerson = (call: Call, person: Person): Call => {
  const isNew = !call.people.some(({ user }) => user === person.user)
  const people = isNew ? [...call.people, person] : call.people.map((other) => (other.user === person.user ? person : other))
  return change(call, { people })
}

const told = (call: Call, what: Call['history'][number]['what'], user: string, atMs: number): Call['history'] =>
  [...call.history, { what, user, atMs }].slice(0, historyLimit)

const isRepeat = (call: Call, { user, device, n, verb }: Act): boolean => {
  if (n === undefined) return false
  const last = call.seen.find((seen) => seen.user === user && seen.device === device)
  if (!last || n > last.n) return false
  if (n === last.n && verb === last.verb) return true
  throw errors.STALE({ n })
}

const remember = (call: Call, { user, device, n, verb }: Act): Call => {
  if (n === undefined) return call
  const others = call.seen.filter((seen) => seen.user !== user || seen.device !== device)
  return { ...call, seen: [...others, { user, device, n, verb }].slice(-seenLimit) }
}

/** Let somebody of the group into its call who was not there to be rung. */
export const admit = (call: Call, user: string): Call =>
  call.group === undefined || call.state === 'ended' || find(call, user) ? call : withPerson(call, { user, state: 'missed', ringing: [] })

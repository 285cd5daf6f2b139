import * as v from 'valibot'
import { message } from '#core'
import { happenings, kinds, leaveReasons, modes, outcomes, personStates } from './call.ts'
import { limits } from './limits.ts'
import { isCandidate, isSdp } from './sdp.ts'

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const callId = v.pipe(v.string(), v.regex(/^C\d{1,19}$/, 'a call'))
const device = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{8,64}$/, '8–64 letters, digits, _ and -'))
const n = whole(1, 1_000_000)
const party = whole(1, 1_000_000)
const media = v.strictObject({ audio: v.boolean(), video: v.boolean(), screen: v.boolean() })
const text = v.string()

const call = v.object({
  id: text,
  group: v.optional(text),
  kind: v.picklist(kinds),
  mode: v.picklist(modes),
  caller: text,
  state: v.picklist(['ringing', 'active', 'ended']),
  version: v.number(),
  people: v.array(
    v.object({
      user: text,
      state: v.picklist(personStates),
      ringing: v.number(),
      party: v.optional(v.object({ id: v.number(), media, away: v.boolean() })),
    }),
  ),
  startedAt: text,
  ringUntil: text,
  answeredAt: v.optional(text),
  endedAt: v.optional(text),
  outcome: v.optional(v.picklist(outcomes)),
  reason: v.optional(text),
  durationMs: v.optional(v.number()),
  history: v.array(v.object({ what: v.picklist(happenings), user: text, time: text })),
})

const ice = v.object({
  servers: v.array(v.object({ urls: v.array(text), username: v.optional(text), credential: v.optional(text) })),
  until: v.optional(text),
})
const about = v.strictObject({ call: callId })
const numbered = v.strictObject({ call: callId, device, n })
const state = v.object({ call })
const joined = v.object({ call, party: v.optional(v.number()), ice })

const sdp = v.pipe(v.string(), v.maxLength(32_768), v.check(isSdp, 'Not a session description'))
const candidate = v.strictObject({
  candidate: v.pipe(v.string(), v.maxLength(512), v.check(isCandidate, 'Not a candidate')),
  sdpMid: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(64)))),
  sdpMLineIndex: v.optional(v.nullable(whole(0, 255))),
  usernameFragment: v.optional(v.nullable(v.pipe(v.string(), v.maxLength(256)))),
})
const to = { call: callId, party }
/** What one party says to another; the server passes it on without reading more of it than its form. */
const signal = v.variant('signal', [
  v.strictObject({ ...to, signal: v.literal('offer'), sdp }),
  v.strictObject({ ...to, signal: v.literal('answer'), sdp }),
  v.strictObject({ ...to, signal: v.literal('candidates'), candidates: v.pipe(v.array(candidate), v.minLength(1), v.maxLength(50)) }),
  v.strictObject({ ...to, signal: v.literal('end-of-candidates') }),
  v.strictObject({ ...to, signal: v.literal('renegotiate'), restart: v.optional(v.boolean()) }),
])
/** The type of `signal`. */
export type Signal = v.InferOutput<typeof signal>

/** What a client found to be the matter with a call. */
export const verdicts = [
  'no_microphone',
  'no_camera',
  'not_permitted',
  'no_relay',
  'udp_blocked',
  'no_route',
  'signalling_lost',
  'media_stopped',
  'unknown',
] as const
const candidateType = v.picklist(['host', 'srflx', 'prflx', 'relay'])
// No addresses: what went wrong shows without them, and where somebody was is nobody's business.
const pair = v.strictObject({
  local: candidateType,
  remote: candidateType,
  protocol: v.picklist(['udp', 'tcp', 'tls']),
  state: v.picklist(['frozen', 'waiting', 'in-progress', 'failed', 'succeeded']),
  relay: v.optional(v.picklist(['udp', 'tcp', 'tls'])),
  nominated: v.optional(v.boolean()),
  sent: v.optional(whole(0, Number.MAX_SAFE_INTEGER)),
  received: v.optional(whole(0, Number.MAX_SAFE_INTEGER)),
})
const verdict = { verdict: v.picklist(verdicts), pairs: v.pipe(v.array(pair), v.maxLength(64)) }
const report = v.object({ ...verdict, user: text, time: text })
/** The type of `report`. */
export type Report = v.InferOutput<typeof report>
/** A report and the call it is about. */
export const reported = v.object({ call: text, ...report.entries })

export const messages = {
  invite: message({
    address: 'to',
    limit: limits.invites,
    input: v.strictObject({
      clientId: v.pipe(v.string(), v.minLength(1), v.maxLength(64)),
      device,
      kind: v.picklist(kinds),
      mode: v.optional(v.picklist(modes), 'mesh'),
      media: v.optional(media),
      ringSeconds: v.optional(whole(5, 120)),
    }),
    reply: joined,
    summary: 'Call a user, or everybody in a group; or join the call that is there already.',
  }),
  ring: message({
    input: v.strictObject({ call: callId, device }),
    reply: state,
    summary: 'This device rings; the caller is told of how many do.',
  }),
  accept: message({
    input: v.strictObject({ call: callId, device, n, media: v.optional(media) }),
    reply: joined,
    summary: 'Answer a call, or join the call of a group. One device of each person can.',
  }),
  decline: message({
    input: v.strictObject({ call: callId, device, n, busy: v.optional(v.boolean(), false) }),
    reply: state,
    summary: 'Do not answer, on no device.',
  }),
  cancel: message({ input: numbered, reply: state, summary: 'Take back a call that nobody has answered yet.' }),
  hangup: message({
    input: v.strictObject({ call: callId, device, n, reason: v.optional(v.picklist(leaveReasons), 'hangup') }),
    reply: state,
    summary: 'Leave a call, and say why.',
  }),
  media: message({
    input: v.strictObject({ call: callId, device, n, media }),
    reply: state,
    summary: 'Say what this party sends from now on: mute, camera, screen.',
  }),
  resume: message({
    input: v.strictObject({ call: callId, device }),
    reply: joined,
    summary: 'Come back into a call after the connection broke; what was said meanwhile follows.',
  }),
  signal: message({
    limit: limits.signals,
    input: signal,
    reply: v.object({ waiting: v.optional(v.literal(true)) }),
    summary: 'Pass an offer, an answer or candidates on to another party of the call.',
  }),
  ice: message({
    limit: limits.ices,
    input: v.strictObject({}),
    reply: ice,
    summary: 'STUN and TURN servers with fresh credentials, for a call that lasts.',
  }),
  report: message({
    limit: limits.reports,
    input: v.strictObject({ call: callId, device, ...verdict }),
    reply: v.strictObject({}),
    summary: 'Why a call failed, for both people and the operator.',
  }),
  get: message({ input: about, reply: v.object({ call, reports: v.array(report) }), summary: 'A call and what was reported of it.' }),
  current: message({ input: v.strictObject({}), reply: v.object({ calls: v.array(call) }), summary: 'One’s calls that are not over.' }),
  list: message({
    input: v.strictObject({ before: v.optional(callId), limit: v.optional(whole(1, 100), 50) }),
    reply: v.object({ calls: v.array(call), more: v.boolean() }),
    summary: 'One’s calls, newest first.',
  }),
}

const what = v.picklist(['invited', 'rang', 'accepted', 'declined', 'media', 'dropped', 'resumed', 'left', 'ended'])
export const events = {
  invited: v.object({ call }),
  changed: v.object({ call, what }),
  ended: v.object({ call }),
  signalled: v.object({
    call: text,
    party: v.number(),
    signal: v.picklist(['offer', 'answer', 'candidates', 'end-of-candidates', 'renegotiate']),
    sdp: v.optional(text),
    candidates: v.optional(v.array(candidate)),
    restart: v.optional(v.boolean()),
  }),
}

// What a call is, as it is stored, and what its people see of it.

/** What is heard and seen when a call begins. */
export const kinds = ['audio', 'video'] as const
/** How the media go: each to each, for now. The field is there for a server in the middle. */
export const modes = ['mesh'] as const
/** Why somebody left, as their client says it. */
export const leaveReasons = ['hangup', 'ice_failed', 'ice_timeout', 'media_failed', 'unknown'] as const
/** How a call ended. */
export const outcomes = ['completed', 'missed', 'declined', 'busy', 'cancelled', 'failed'] as const
/** What became of a person in a call. */
export const personStates = ['invited', 'joined', 'declined', 'busy', 'missed', 'left'] as const
/** What the history of a call tells; the names are those of the first clients. */
export const happenings = ['start_call', 'receive_call', 'reject_call'] as const

export type Kind = (typeof kinds)[number]
export type LeaveReason = (typeof leaveReasons)[number]
export type Outcome = (typeof outcomes)[number]
/** Why somebody left, or why nobody came, in one word. */
export type Reason = LeaveReason | 'connection_lost' | 'server_restart' | 'timeout' | 'declined' | 'busy' | 'cancelled' | 'left_group'

/** What a party says it sends. */
export interface Media {
  readonly audio: boolean
  readonly video: boolean
  readonly screen: boolean
}

/** One device in a call; at most one of each person. */
export interface Party {
  /** Counts up in its call. Of two, the one with the higher number is the polite one. */
  readonly id: number
  readonly device: string
  readonly media: Media
  /** Since when it has no connection, and why it is lost if it does not come back. */
  readonly away?: { readonly sinceMs: number; readonly reason: 'connection_lost' | 'server_restart' }
}

/** One user in a call, or asked into it. */
export interface Person {
  readonly user: string
  readonly state: (typeof personStates)[number]
  /** Devices that have said that they ring. */
  readonly ringing: readonly string[]
  readonly party?: Party
}

/** The last numbered change of a device, so that it can be sent again. */
export interface Seen {
  readonly user: string
  readonly device: string
  readonly n: number
  readonly verb: string
}

/** A whole call. It is data: it is stored like this, and a restart begins with it. */
export interface Call {
  readonly id: string
  /** Absent between two people. */
  readonly group?: string
  readonly kind: Kind
  readonly mode: (typeof modes)[number]
  readonly caller: string
  readonly state: 'ringing' | 'active' | 'ended'
  /** Counts its changes. */
  readonly version: number
  readonly lastParty: number
  readonly people: readonly Person[]
  readonly startedMs: number
  readonly ringUntilMs: number
  readonly answeredMs?: number
  readonly endedMs?: number
  readonly outcome?: Outcome
  readonly reason?: Reason
  readonly history: readonly { readonly what: (typeof happenings)[number]; readonly user: string; readonly atMs: number }[]
  readonly seen: readonly Seen[]
}

/** Milliseconds in which people could talk. */
export const durationOf = ({ answeredMs, endedMs }: Call): number | undefined =>
  answeredMs === undefined || endedMs === undefined ? undefined : Math.max(0, endedMs - answeredMs)

const time = (ms: number): string => new Date(ms).toISOString()

/** A call as all its people see it. */
export const viewOf = (call: Call) => {
  const durationMs = durationOf(call)
  return {
    id: call.id,
    ...(call.group !== undefined && { group: call.group }),
    kind: call.kind,
    mode: call.mode,
    caller: call.caller,
    state: call.state,
    version: call.version,
    people: call.people.map(personView),
    startedAt: time(call.startedMs),
    ringUntil: time(call.ringUntilMs),
    ...(call.answeredMs !== undefined && { answeredAt: time(call.answeredMs) }),
    ...(call.endedMs !== undefined && { endedAt: time(call.endedMs) }),
    ...(call.outcome !== undefined && { outcome: call.outcome }),
    ...(call.reason !== undefined && { reason: call.reason }),
    ...(durationMs !== undefined && { durationMs }),
    history: call.history.map(({ what, user, atMs }) => ({ what, user, time: time(atMs) })),
  }
}

// A device's own name stays between it and the server: who knows it could take its place.
const personView = ({ user, state, ringing, party }: Person) => ({
  user,
  state,
  ringing: ringing.length,
  ...(party && { party: { id: party.id, media: party.media, away: party.away !== undefined } }),
})

// The one entry that a call has in its conversation, where there are conversations.
import { type Call, durationOf } from './call.ts'

/** What the plugin needs of conversations. */
export interface Conversations {
  /** Who is in the one that `user` addresses as `to`. Rejects for a group that is not theirs. */
  people(user: string, to: string): Promise<readonly string[]>
  /** Inside a unit: put the call's entry there; its position. */
  post(to: string, call: Call): Promise<number>
  /** Inside a unit: let the entry say what has become of the call. */
  update(to: string, seq: number, call: Call): Promise<void>
}

/** What the entry says of a call. */
export const entryOf = (call: Call) => {
  const durationMs = durationOf(call)
  return {
    call: call.id,
    kind: call.kind,
    state: call.state,
    ...(call.outcome !== undefined && { outcome: call.outcome }),
    ...(call.reason !== undefined && { reason: call.reason }),
    ...(durationMs !== undefined && { durationMs }),
    history: call.history.map(({ what, user, atMs }) => ({ what, user, time: new Date(atMs).toISOString() })),
  }
}

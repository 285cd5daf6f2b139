// The one entry that a call has in its conversation, where there are conversations.
import * as v from 'valibot'
import { AppError, type Messaging } from '#core'
import { type Call, durationOf, happenings, kinds, outcomes } from './call.ts'
import { errors } from './errors.ts'

const data = v.strictObject({
  call: v.string(),
  kind: v.picklist(kinds),
  state: v.picklist(['ringing', 'active', 'ended']),
  outcome: v.optional(v.picklist(outcomes)),
  reason: v.optional(v.string()),
  durationMs: v.optional(v.number()),
  history: v.array(v.strictObject({ what: v.picklist(happenings), user: v.string(), time: v.string() })),
})
type Data = v.InferOutput<typeof data>

/** What the plugin needs of conversations. */
export interface Conversations {
  /** Who is in the one that `user` addresses as `to`. Rejects with `CALLS_NO_SUCH_GROUP` for a group that is not theirs. */
  people(user: string, to: string): Promise<readonly string[]>
  /** Whether `user` is in a group. */
  has(user: string, group: string): Promise<boolean>
  /** Hear of those who are out of a group from now on. */
  onGone(listener: (group: string, users: readonly string[]) => void): void
  /** Inside a unit: put the call's entry there; its position. */
  post(to: string, call: Call): Promise<number>
  /** Inside a unit: let the entry say what has become of the call. */
  update(to: string, seq: number, call: Call): Promise<void>
}

/** Let messages be about calls; only this plugin makes them. */
export const createConversations = (messaging: Messaging): Conversations => {
  const entries = messaging.define({ kind: 'calls', data, by: 'plugin', text: textOf, maxLength: 16_384 })
  const message = (to: string, call: Call) => ({ user: call.caller, to, data: entryOf(call), clientId: `${call.id}.${call.version}` })
  return {
    people: (user, to) => messaging.people(user, to).catch(asOurs),
    has: async (user, group) => {
      try {
        return (await messaging.people(user, group)).length > 0
      } catch (failure) {
        if (isStrange(failure)) return false
        throw failure
      }
    },
    onGone: (listener) => messaging.onGone(listener),
    post: async (to, call) => (await entries.post(message(to, call))).seq,
    update: async (to, seq, call) => void (await entries.update({ ...message(to, call), seq })),
  }
}

const asOurs = (failure: unknown): never => {
  if (isStrange(failure)) throw errors.NO_SUCH_GROUP().with({ path: '/to' })
  throw failure
}

const isStrange = (failure: unknown): boolean => failure instanceof AppError && failure.code === 'CHAT_NO_SUCH_CONVERSATION'

const textOf = ({ kind, state, outcome }: Data): string => {
  const call = kind === 'video' ? 'Video call' : 'Call'
  return state === 'ended' && outcome !== 'completed' ? `${call} (${outcome})` : call
}

const entryOf = (call: Call): Data => {
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

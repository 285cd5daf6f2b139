import * as v from 'valibot'
import { type Context, definePlugin, Inbox, maybe, Relations, Users } from '#core'
import { createChanges } from './changes.ts'
import { Conversations } from './conversations.ts'
import { Epoch } from './epoch.ts'
import { errors } from './errors.ts'
import { createGroups } from './group-wiring.ts'
import { Heads } from './heads.ts'
import { limits } from './limits.ts'
import { kinds, Log } from './log.ts'
import { events, messages } from './messages.ts'
import { migrations } from './migrations/index.ts'
import { Pins } from './pins.ts'
import { Places } from './places.ts'
import { Posting } from './posting.ts'
import { Reading } from './reading.ts'
import { Rosters } from './rosters.ts'
import { tables } from './tables.ts'
import { checkText } from './text.ts'

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

const config = v.object({
  /** Characters of one message. */
  maxText: v.optional(whole(1, 32_768), 16_384),
  /** People one group takes. */
  groupSize: v.optional(whole(2, 100_000), 500),
  /** Links of one group that work at once. */
  groupLinks: v.optional(whole(1, 1_000), 100),
  /** People banned from one group. */
  groupBans: v.optional(whole(1, 100_000), 5_000),
  /** Open applications to one group. */
  groupApplications: v.optional(whole(1, 1_000), 200),
  /** Open applications of one person. */
  maxApplications: v.optional(whole(1, 10_000), 50),
  /** Seconds in which its sender may edit or recall a message. */
  windowSeconds: v.optional(whole(0, 31_536_000), 86_400),
})

const uses = { users: maybe(Users), relations: maybe(Relations), inbox: maybe(Inbox) }

type ChatContext = Context<v.InferOutput<typeof config>, typeof events, typeof uses, ReturnType<typeof tables>>

/** Durable conversations of two people and of groups. */
export const chat = definePlugin({
  id: 'chat',
  config,
  messages,
  events,
  errors,
  tables,
  migrations,
  limits,
  uses,
  async setup(context) {
    const { posting, groups, reading, rosters, log, pins, heads, epoch } = assemble(context)
    await epoch.open(context.restored)
    const { maxText, windowSeconds } = context.config
    context.use.inbox?.describe('chat', (user, keys) => reading.describe(user, keys))
    return {
      handlers: {
        send: ({ text, clientId, entities, reply }, { userId: user, to }) => {
          const extra =
            entities || reply !== undefined ? { ...(entities && { entities }), ...(reply !== undefined && { reply }) } : undefined
          return posting.post({ user, to, clientId, kind: kinds.message, text: checkText(text, { maxText }), extra })
        },
        ...createChanges({ posting, log, pins, windowMs: windowSeconds * 1_000, maxText }),
        ...reading.handlers(),
        ...pins.handlers(),
        ...groups,
      },
      hooks: {
        // Groups have one topic each, so that a message to many costs one encoding and one native publish.
        onConnect: (connection) => {
          const follow = (found: readonly { readonly key: string }[]): void => {
            for (const { key } of found) {
              connection.follow(context.topic('group', key))
              heads.follow(connection, key, true)
            }
          }
          const found = rosters.groupsOf(connection.userId)
          return found instanceof Promise ? found.then(follow) : follow(found)
        },
        onHeartbeat: (connection, sinceMs) => heads.digest(connection, sinceMs),
      },
    }
  },
})

const assemble = (context: ChatContext) => {
  const { store, tables: t, use, config: settings } = context
  const conversations = new Conversations(store, t)
  const rosters = new Rosters(store, t)
  const log = new Log(store, t)
  const places = new Places({ store, conversations, rosters, ...use })
  const onRenewed = (value: string): void => {
    context.log.warn({ epoch: value }, 'the logs were set back: all clients begin anew')
    context.publish(context.everyoneTopic, 'reset', { epoch: value })
  }
  const epoch = new Epoch({ store, tables: t, onRenewed })
  const failed = (failure: unknown): void => context.log.error({ err: failure }, 'the epoch could not be renewed')
  const onSetBack = (): void => void epoch.renew().catch(failed)
  const heads = new Heads({ monotonic: context.monotonic, epoch: () => epoch.value, onSetBack })
  const posting = new Posting({ ...context, log, places, heads, epoch, inbox: use.inbox })
  const groups = createGroups({
    ...context,
    ...use,
    ...{ conversations, rosters, places, posting, log, heads },
    limits: {
      size: settings.groupSize,
      links: settings.groupLinks,
      bans: settings.groupBans,
      applications: settings.groupApplications,
      ofPerson: settings.maxApplications,
    },
  })
  const reading = new Reading({ ...context, tables: t, log, places, rosters, epoch, ...use })
  const pins = new Pins({ store, tables: t, log, rosters })
  return { posting, groups, reading, rosters, log, pins, heads, epoch }
}

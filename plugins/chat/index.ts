import * as v from 'valibot'
import { Broker, type Context, definePlugin, Inbox, Messaging, maybe, Relations, Users } from '#core'
import { createChanges } from './changes.ts'
import { Contents } from './contents.ts'
import { Conversations } from './conversations.ts'
import { Epoch } from './epoch.ts'
import { errors } from './errors.ts'
import { createGroups } from './group-wiring.ts'
import { Heads } from './heads.ts'
import { Leavings } from './leavings.ts'
import { limits } from './limits.ts'
import { Log } from './log.ts'
import { Mentions } from './mentions.ts'
import { events, messages } from './messages.ts'
import { migrations } from './migrations/index.ts'
import { Nodes } from './nodes.ts'
import { addOversight } from './oversight.ts'
import { hiddenKind, Personal } from './personal.ts'
import { Pins } from './pins.ts'
import { Places } from './places.ts'
import { Posting } from './posting.ts'
import { Reading } from './reading.ts'
import { Receipts, settingsKind } from './receipts.ts'
import { Rosters } from './rosters.ts'
import { Indexer } from './search/indexer.ts'
import { addLag } from './search/lag.ts'
import { Search } from './search/search.ts'
import { WordIndex } from './search/word-index.ts'
import { Sending } from './sending.ts'
import { Summaries } from './summaries.ts'
import { tables } from './tables.ts'
import { Views } from './views.ts'

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

const config = v.object({
  /** Characters of one message. */
  maxText: v.optional(whole(1, 32_768), 16_384),
  /** People one group takes. */
  // All that concerns all members is one unit of work, which has five seconds: on Postgres the end of a group of 5,000 takes 1.6.
  groupSize: v.optional(whole(2, 5_000), 500),
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

const uses = { users: maybe(Users), relations: maybe(Relations), inbox: maybe(Inbox), broker: maybe(Broker) }

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
  provides: { messaging: Messaging },
  async setup(context) {
    const { groups, sending, changes, reading, receipts, personal, rosters, pins, heads, epoch, search, indexer, nodes } = assemble(context)
    await epoch.open(context.restored)
    indexer.start()
    // Without a broker a process is alone.
    if (context.use.broker) nodes.start()
    return {
      handlers: {
        ...sending.handlers(),
        ...changes,
        ...reading.handlers(),
        ...receipts.handlers(),
        ...personal.handlers(),
        ...pins.handlers(),
        ...search.handlers(),
        ...groups.handlers,
      },
      routes: (app) => {
        addOversight(app, groups.oversight)
        addLag(app, indexer)
      },
      services: { messaging: sending.service() },
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
      dispose: async () => {
        await nodes.close()
        await indexer.close()
      },
    }
  },
})

const assemble = (context: ChatContext) => {
  const { store, tables: t, use, config: settings } = context
  const { inbox } = use
  const { maxText } = settings
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
  const views = new Views({ tables: t, rosters })
  const index = new WordIndex(store, t)
  const indexer = new Indexer({ ...context, index })
  const leavings = new Leavings(store)
  const wiring = { ...context, ...use, tables: t, conversations, rosters, log, places, views, heads, epoch, indexer, leavings }
  const posting = new Posting(wiring)
  const summaries = new Summaries(wiring)
  const receipts = new Receipts(wiring)
  const personal = new Personal(wiring)
  const groups = createGroups({
    ...wiring,
    posting,
    receipts,
    limits: {
      size: settings.groupSize,
      links: settings.groupLinks,
      bans: settings.groupBans,
      applications: settings.groupApplications,
      ofPerson: settings.maxApplications,
    },
  })
  const pins = new Pins(wiring)
  const mentions = new Mentions(t)
  const contents = new Contents({ maxText })
  const sending = new Sending({ ...wiring, posting, contents, mentions, personal, maxText })
  const changes = createChanges({ posting, log, pins, mentions, contents, windowMs: settings.windowSeconds * 1_000, maxText })
  const reading = new Reading({ ...wiring, summaries, mentions })
  inbox?.describe('chat', (user, keys) => summaries.describe(user, keys))
  inbox?.describe(hiddenKind, (user, keys) => personal.describe(user, keys))
  inbox?.describe(settingsKind, async (user) => new Map([['mine', await receipts.settings(store.read, user)]]))
  const search = new Search({ ...wiring, index })
  const nodes = new Nodes({ ...wiring, log: context.log })
  return { groups, sending, changes, reading, receipts, personal, rosters, pins, heads, epoch, search, indexer, nodes }
}

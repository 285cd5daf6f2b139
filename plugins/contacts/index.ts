import * as v from 'valibot'
import { type Context, definePlugin, Inbox, maybe, Relations, Users } from '#core'
import { Contacts, entryKind } from './contacts.ts'
import { errors } from './errors.ts'
import { createLists, describeRelations } from './lists.ts'
import { events, messages } from './messages.ts'
import { migrations } from './migrations/index.ts'
import { type Audience, Reach } from './reach.ts'
import { RelationStore } from './store.ts'
import { tables } from './tables.ts'

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

const config = v.object({
  /** Contacts one person may have. */
  maxContacts: v.optional(whole(1, 100_000), 5_000),
  /** Requests of one person that may be unanswered at once. */
  maxRequests: v.optional(whole(1, 10_000), 200),
  /** Users one person may have blocked. */
  maxBlocked: v.optional(whole(1, 100_000), 5_000),
})

const uses = { users: maybe(Users), inbox: maybe(Inbox) }

type ContactsContext = Context<v.InferOutput<typeof config>, typeof events, typeof uses, ReturnType<typeof tables>>

/** What `inbox.sync` calls a person's own settings, of which there is one entry. */
const settingsKind = 'contact-settings'
const settingsKey = 'mine'

/** Contacts, requests and blocks; who may write to whom. */
export const contacts = definePlugin({
  id: 'contacts',
  config,
  messages,
  events,
  errors,
  tables,
  migrations,
  uses,
  provides: { relations: Relations },
  setup(context) {
    const { store, use, config: settings, tables: t } = context
    const relations = new RelationStore(store, t)
    const reach = new Reach(store, t, relations)
    const limits = { contacts: settings.maxContacts, requests: settings.maxRequests, blocked: settings.maxBlocked }
    const people = new Contacts({ ...context, ...use, relations, reach, limits })
    const lists = { store, relations, users: use.users }
    use.inbox?.describe(entryKind, describeRelations(lists))
    use.inbox?.describe(settingsKind, async (user) => new Map([[settingsKey, { whoMayWrite: await reach.audience(store.read, user) }]]))
    return {
      handlers: { ...createVerbs(people), ...createLists(lists), settings: createSettings(context, reach) },
      services: { relations: reach },
    }
  },
})

const createVerbs = (people: Contacts) => {
  type Asked = { readonly userId: string; readonly to: string }
  type Name = 'accept' | 'refuse' | 'remove' | 'block' | 'unblock' | 'info'
  const verb =
    (name: Name) =>
    async (_: unknown, { userId, to }: Asked) => ({ contact: await people[name](userId, to) })
  return {
    accept: verb('accept'),
    refuse: verb('refuse'),
    remove: verb('remove'),
    block: verb('block'),
    unblock: verb('unblock'),
    info: verb('info'),
    request: async ({ note }: { readonly note: string }, { userId, to }: Asked) => ({ contact: await people.request(userId, to, note) }),
    remark: async ({ remark }: { readonly remark: string }, { userId, to }: Asked) => ({
      contact: await people.remark(userId, to, remark),
    }),
  }
}

const createSettings =
  ({ store, use, publish, userTopic }: ContactsContext, reach: Reach) =>
  async ({ whoMayWrite }: { readonly whoMayWrite?: Audience | undefined }, { userId: user }: { readonly userId: string }) => {
    if (whoMayWrite === undefined) return { whoMayWrite: await reach.audience(store.read, user) }
    return store.write(
      async (tx) => {
        if ((await reach.audience(tx, user)) === whoMayWrite) return { whoMayWrite }
        await reach.setAudience(tx, user, whoMayWrite)
        publish(userTopic(user), 'configured', { whoMayWrite })
        await use.inbox?.touch(tx, [user], settingsKind, settingsKey)
        return { whoMayWrite }
      },
      { serial: `contacts/by/${user}` },
    )
  }

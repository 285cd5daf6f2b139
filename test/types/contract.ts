// What the compiler must reject, DESIGN section 3. Nothing here runs: `tsc` reads it, and each `@ts-expect-error` fails the
// check if its line compiles. The typed client has its own: src/client/types.test.ts.
import * as v from 'valibot'
import {
  type Connection,
  coreErrors,
  type Db,
  defineErrors,
  definePlugin,
  defineService,
  type Kit,
  maybe,
  message,
  type Protocol,
  route,
} from '#core'

interface Presence {
  isOnline(userId: string): boolean
}
const Presence = defineService<Presence>('presence')
const Other = defineService<{ other(): number }>('other')

const empty = v.strictObject({})
const ping = message({ input: empty, reply: v.object({ at: v.number() }) })
const inRoom = message({ address: 'room', input: v.strictObject({ text: v.string() }), reply: empty })
const toUser = message({ address: 'to', input: empty, reply: empty })
const errors = defineErrors('X', {
  TOO_LONG: ['too_large', 'It has {size} characters; the limit is {limit}.'],
  GONE: ['not_found', 'It is gone.'],
})

/** What compiles, so that the refusals below are refused for the reason they name. */
export const right = definePlugin({
  id: 'right',
  config: v.object({ size: v.optional(v.number(), 5) }),
  messages: { ping, inRoom, toUser },
  events: { ticked: v.object({ n: v.number() }) },
  errors,
  tables: (k) => ({ notes: k.table('right_notes', { id: k.id().primaryKey(), text: k.text('text').notNull() }) }),
  uses: { presence: Presence, other: maybe(Other) },
  provides: { presence: Presence },
  capabilities: ['transport'],
  setup({ config, use, tables, store, publish, send, topic }) {
    const size: number = config.size
    const other: number | undefined = use.other?.other()
    return {
      handlers: {
        ping: async () => ({ at: size + (other ?? 0) }),
        inRoom: ({ text }, { room, connection }) => {
          publish(topic('x'), 'ticked', { n: text.length }, { room, seq: 1 })
          send(connection, 'ticked', { n: 1 })
          return {}
        },
        toUser: (_, { to }) => {
          if (!use.presence.isOnline(to)) throw errors.GONE()
          return store.write(async (tx) => {
            await tx.insert(tables.notes).values({ id: to, text: 'x' })
            return {}
          })
        },
      },
      services: { presence: { isOnline: () => true } },
    }
  },
})

export const missingHandler = definePlugin({
  id: 'a',
  messages: { ping },
  // @ts-expect-error a handler is missing
  setup: () => ({ handlers: {} }),
})

export const noHandlers = definePlugin({
  id: 'b',
  messages: { ping },
  // @ts-expect-error all handlers are missing
  setup: () => ({}),
})

export const wrongReply = definePlugin({
  id: 'c',
  messages: { ping },
  // @ts-expect-error the reply is of the wrong shape
  setup: () => ({ handlers: { ping: () => ({ at: 'now' }) } }),
})

export const wrongPromise = definePlugin({
  id: 'd',
  messages: { ping },
  // @ts-expect-error the promised reply is of the wrong shape
  setup: () => ({ handlers: { ping: async () => ({}) } }),
})

export const wrongInput = definePlugin({
  id: 'e',
  messages: { inRoom },
  setup: () => ({
    handlers: {
      inRoom: (input) => {
        // @ts-expect-error a field that the message does not have
        void input.texts
        // @ts-expect-error a field of another type
        const n: number = input.text
        void n
        return {}
      },
    },
  }),
})

export const wrongAddress = definePlugin({
  id: 'f',
  messages: { ping, inRoom, toUser },
  setup: () => ({
    handlers: {
      ping: (_, { room, to }) => {
        // @ts-expect-error a message without an address has no room
        room.length
        // @ts-expect-error nor an addressee
        to.length
        return { at: 1 }
      },
      inRoom: (_, { room, to }) => {
        room.length
        // @ts-expect-error a message about a room has no addressee
        to.length
        return {}
      },
      toUser: (_, { to }) => {
        to.length
        return {}
      },
    },
  }),
})

export const missingService = definePlugin({
  id: 'g',
  provides: { presence: Presence },
  // @ts-expect-error a provided service is missing
  setup: () => ({}),
})

export const wrongService = definePlugin({
  id: 'h',
  provides: { presence: Presence },
  // @ts-expect-error a provided service is of the wrong shape
  setup: () => ({ services: { presence: { isOnline: () => 'yes' } } }),
})

export const undeclaredService = definePlugin({
  id: 'i',
  uses: { other: Other },
  setup: ({ use }) => {
    // @ts-expect-error a service that is not among the uses
    void use.presence
    return {}
  },
})

export const optionalService = definePlugin({
  id: 'j',
  uses: { presence: maybe(Presence) },
  setup: ({ use }) => {
    // @ts-expect-error a service that may be switched off must be asked for
    use.presence.isOnline('U1')
    return {}
  },
})

export const wrongEvents = definePlugin({
  id: 'k',
  events: { ticked: v.object({ n: v.number() }) },
  setup: ({ publish, send, topic, connections }) => {
    const [connection] = [...connections] as [Connection]
    // @ts-expect-error an event that is not declared
    publish(topic('x'), 'tocked', { n: 1 })
    // @ts-expect-error an event of the wrong shape
    publish(topic('x'), 'ticked', { n: 'one' })
    // @ts-expect-error an event without its data
    publish(topic('x'), 'ticked', {})
    // @ts-expect-error an event of the wrong shape to one connection
    send(connection, 'ticked', { m: 1 })
    // @ts-expect-error a position that is no number
    publish(topic('x'), 'ticked', { n: 1 }, { seq: '1' })
    return {}
  },
})

export const noEvents = definePlugin({
  id: 'l',
  setup: ({ publish, topic }) => {
    // @ts-expect-error a plugin without events publishes none
    publish(topic('x'), 'ticked', {})
    return {}
  },
})

export const wrongConfig = definePlugin({
  id: 'm',
  config: v.object({ size: v.number() }),
  setup: ({ config }) => {
    // @ts-expect-error a setting that is not declared
    void config.sise
    // @ts-expect-error a setting of another type
    const text: string = config.size
    void text
    return {}
  },
})

export const wrongCapability = definePlugin({
  id: 'n',
  // @ts-expect-error a capability that does not exist
  capabilities: ['root'],
  setup: () => ({}),
})

export const wrongManifest = definePlugin({
  id: 'o',
  // @ts-expect-error a part of the manifest that does not exist
  mesages: { ping },
  setup: () => ({}),
})

export const wrongErrors = (): void => {
  errors.GONE()
  errors.TOO_LONG({ size: 5, limit: 4 })
  // @ts-expect-error an error without its slots
  errors.TOO_LONG()
  // @ts-expect-error an error without one of its slots
  errors.TOO_LONG({ size: 5 })
  // @ts-expect-error an error with a slot that its text does not have
  errors.TOO_LONG({ size: 5, max: 4 })
  // @ts-expect-error an error that is not in the catalogue
  errors.WENT()
  // @ts-expect-error slots that are no text and no number
  errors.TOO_LONG({ size: {}, limit: 4 })
  // @ts-expect-error a kind that does not exist
  defineErrors('Y', { ODD: ['odd', 'It is odd.'] })
  // @ts-expect-error one of the core's without its slot
  coreErrors.BAD_FIELD()
}

export const wrongQueries = (db: Db, k: Kit): void => {
  const t = { notes: k.table('notes', { id: k.id().primaryKey(), count: k.int('count').notNull() }) }
  void db.select().from(t.notes)
  // @ts-expect-error SQLite's own
  void db.select().from(t.notes).get()
  // @ts-expect-error raw SQL is not part of what both databases share
  void db.execute('select 1')
  // @ts-expect-error a transaction is the store's business
  void db.transaction(async () => {})
  // @ts-expect-error a column of another type
  void db.insert(t.notes).values({ id: 'a', count: 'many' })
  // @ts-expect-error a column that is missing
  void db.insert(t.notes).values({ id: 'a' })
  // @ts-expect-error a column that only one database has
  k.serial('id')
}

export const wrongRoutes = definePlugin({
  id: 'p',
  setup: () => ({
    routes: (app) => {
      const body = v.strictObject({ name: v.string() })
      const reply = v.object({ id: v.string() })
      route(app, { method: 'post', path: '/a', summary: 'A.', body, reply }, (request) => ({ id: request.body.name }))
      // @ts-expect-error a reply of the wrong shape
      route(app, { method: 'post', path: '/b', summary: 'B.', body, reply }, () => ({ id: 5 }))
      // @ts-expect-error a field that the body does not have
      route(app, { method: 'post', path: '/c', summary: 'C.', body, reply }, (request) => ({ id: request.body.nam }))
      // @ts-expect-error a method that does not exist
      route(app, { method: 'fetch', path: '/d', summary: 'D.' }, () => {})
    },
  }),
})

type Wire = Protocol<[typeof right]>
export const wrongProtocol = (types: keyof Wire['messages'], events: keyof Wire['events']): void => {
  const known: 'right.ping' | 'right.inRoom' | 'right.toUser' = types
  const event: 'right.ticked' = events
  // @ts-expect-error a message of nobody
  const unknown: 'right.pong' = types
  void [known, event, unknown]
}

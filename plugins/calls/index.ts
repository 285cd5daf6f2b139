import * as v from 'valibot'
import { coreErrors, definePlugin, Messaging, maybe, Relations, Users } from '#core'
import { Calls } from './calls.ts'
import { checks } from './checks.ts'
import { createConversations } from './entries.ts'
import { errors } from './errors.ts'
import { createHandlers } from './handlers.ts'
import { limits } from './limits.ts'
import { Live } from './live.ts'
import { events, messages } from './messages.ts'
import { migrations } from './migrations/index.ts'
import { Partings } from './partings.ts'
import { Reports } from './reports.ts'
import { addRoutes } from './routes.ts'
import { CallStore } from './store.ts'
import { tables } from './tables.ts'

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
const stunUrl = v.pipe(v.string(), v.regex(/^stuns?:[A-Za-z0-9.[\]:-]{1,255}$/, 'stun:<host> or stun:<host>:<port>'))
const turnUrl = v.pipe(
  v.string(),
  v.regex(/^turns?:[A-Za-z0-9.[\]:-]{1,255}(\?transport=(udp|tcp))?$/, 'turn:<host>:<port>?transport=udp or tcp'),
)

const config = v.object({
  /** Servers that tell a device its own address. */
  stun: v.optional(v.pipe(v.array(stunUrl), v.maxLength(10)), []),
  /** Servers that pass media on where nothing else gets through; they need a secret. */
  turn: v.optional(v.pipe(v.array(turnUrl), v.maxLength(10)), []),
  /** What the TURN servers call `static-auth-secret`. */
  turnSecret: v.optional(v.pipe(v.string(), v.minLength(16), v.maxLength(256))),
  /** Seconds that TURN credentials are worth something. */
  turnSeconds: v.optional(whole(60, 3_600), 3_600),
  /** Seconds that a call rings, unless its caller says otherwise. */
  ringSeconds: v.optional(whole(5, 120), 30),
  /** Seconds that a device in a call may be away. */
  graceSeconds: v.optional(whole(1, 120), 20),
  /** People that a group's call takes; each sends to each. */
  size: v.optional(whole(2, 8), 4),
  /** People of a group above which nobody is rung. */
  ringAtMost: v.optional(whole(0, 200), 32),
})

const tickMs = 200

/** Calls of two people and of groups: who rings, who is in, what became of it. */
export const calls = definePlugin({
  id: 'calls',
  config,
  checks: (settings) => checks(settings),
  messages,
  events,
  errors,
  limits,
  tables,
  migrations,
  uses: { users: maybe(Users), relations: maybe(Relations), messaging: maybe(Messaging) },
  async setup(context) {
    const { config: settings, tables: t, store, use, send, log, now } = context
    if (settings.turn.length > 0 && settings.turnSecret === undefined) {
      throw coreErrors.BAD_SETTING({ list: 'PARLEY_CALLS_TURN needs PARLEY_CALLS_TURN_SECRET, which the TURN servers know too' })
    }
    const live = new Live((connection, { from, data }) => send(connection, 'signalled', data as never, { from }))
    const found = new CallStore(t)
    const conversations = use.messaging && createConversations(use.messaging)
    const { graceSeconds, size, ringSeconds, ringAtMost } = settings
    const rules = { graceMs: graceSeconds * 1_000, capacity: size }
    const ringMs = ringSeconds * 1_000
    const machine = new Calls({ ...context, ...use, conversations, calls: found, live, rules, ringMs, ringAtMost })
    const reports = new Reports({ store, calls: found, log, now })
    const ice = { stun: settings.stun, turn: settings.turn, secret: settings.turnSecret, seconds: settings.turnSeconds }
    const partings = new Partings({ store, calls: found, machine, relations: use.relations, conversations })
    partings.listen()
    void partings.review(await machine.recover())
    const timer = setInterval(() => {
      if (machine.isIdle) return
      machine.tick().catch((failure: unknown) => log.error({ err: failure }, 'calls could not be looked after'))
    }, tickMs)
    return {
      handlers: createHandlers({ machine, live, reports, calls: found, store, ice, now }),
      routes: (app) => addRoutes(app, reports),
      hooks: { onDisconnect: (connection) => machine.lose(connection) },
      dispose: () => clearInterval(timer),
    }
  },
})

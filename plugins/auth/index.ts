// Who is who: guests, accounts with a password, users of a host application; their sessions and tokens.
import { type Context, definePlugin, Users } from '#core'
import { Accounts } from './accounts.ts'
import { checks } from './checks.ts'
import { errors } from './errors.ts'
import { events } from './events.ts'
import { createHostCheck } from './host-tokens.ts'
import { HostUsers } from './host-users.ts'
import { KeySet, reloadMs } from './jwks.ts'
import { leewayS } from './jwt.ts'
import { deriveKeys, type KeyRing, newSecret } from './keys.ts'
import { limits } from './limits.ts'
import { migrations } from './migrations/index.ts'
import { Passwords } from './passwords.ts'
import { People } from './people.ts'
import { pollMs, Revocations } from './revocations.ts'
import { readRights } from './rights.ts'
import { addRoutes } from './routes.ts'
import { Sessions } from './sessions.ts'
import { checkTogether, type Settings, settings } from './settings.ts'
import { createSignIn } from './sign-in.ts'
import { Standing } from './standing.ts'
import { type AuthStore, createAuthStore } from './store.ts'
import { type Tables, tables } from './tables.ts'
import { issueTicket } from './tickets.ts'
import { accessTtlS, isSigned } from './tokens.ts'
import { KnownUsers } from './users.ts'

type AuthContext = Context<Settings, typeof events, Record<never, never>, Tables>

const hourMs = 3_600_000

/** Signs people in, over HTTP and on sockets. README.md has its settings. */
export const auth = definePlugin({
  id: 'auth',
  config: settings,
  events,
  errors,
  tables,
  migrations,
  limits,
  provides: { users: Users },
  capabilities: ['authenticate'],
  checks,

  async setup(context) {
    const { config, log, connections, password, production } = context
    checkTogether(config, production)
    const store = createAuthStore(context.store, context.tables)
    const keys = await keyRing(context, store)
    const users = new KnownUsers(store, context.monotonic)
    const learn = (id: string, name: string): void => users.learn(id, name)

    const horizonMs = (Math.max(accessTtlS, config.hostMaxAge) + 2 * leewayS) * 1_000
    const revocations = new Revocations({ store, connections, log, now: context.now, horizonMs })
    await revocations.sync()
    const rights = await readRights(config.admins, store, log)
    const standing = new Standing({ store, connections, rights, learn, log, now: context.now, horizonMs })
    await standing.sync()
    const sessions = new Sessions({ store, keys, revocations, rights, ambient: context, log })
    const offers = { guest: config.guests ?? !production, register: config.register, login: config.login }
    const accountSettings = { ...config, guests: offers.guest }
    const passwords = new Passwords(password)
    const accounts = new Accounts({ ...context, store, sessions, passwords, rights, settings: accountSettings, ambient: context, learn })

    const tickets = { keys, store, now: context.now }
    const keySet = keySetOf(context)
    const checkHost = createHostCheck({ settings: config, now: context.now, ...(keySet && { keySet }) })
    const hostUsers = new HostUsers({ store, revocations, rights, standing, ambient: context, log, learn })
    const signIn = createSignIn({ keys, checkHost, hostUsers, revocations, standing, tickets, now: context.now })
    const people = new People({ store, rights, standing, revocations, announce: announcer(context), now: context.now, log })
    const timers = startTimers(context, { store, revocations, standing, keySet })
    return {
      services: { users },
      routes: (app) =>
        addRoutes(app, { accounts, sessions, people, store, ticket: (identity, origin) => issueTicket(tickets, identity, origin), offers }),
      hooks: {
        authenticate: signIn,
        // It may have been revoked, or its user changed, between the check and now, when sockets were looked for.
        onConnect: (connection) => {
          const { identity } = connection
          if (!isSigned(identity)) return
          revocations.check(identity)
          standing.apply(identity)
          standing.settle(connection)
        },
      },
      dispose: () => {
        for (const timer of timers) clearInterval(timer)
      },
    }
  },
})

const announcer =
  ({ publish, userTopic }: AuthContext) =>
  (userId: string, name: string): void =>
    publish(userTopic(userId), 'renamed', { name }, { from: userId })

const keyRing = async ({ config, log, now }: AuthContext, store: AuthStore): Promise<KeyRing> => {
  const previous = config.previousSecret === undefined ? [] : [deriveKeys(config.previousSecret)]
  if (config.secret !== undefined) return [deriveKeys(config.secret), ...previous]
  log.warn({}, 'PARLEY_AUTH_SECRET is not set: signing with a secret that this server made and keeps in its database')
  return [deriveKeys(await store.keepSecret(newSecret(), new Date(now()))), ...previous]
}

const keySetOf = ({ config, log, monotonic }: AuthContext): KeySet | undefined => {
  if (config.hostJwks === undefined) return undefined
  const keySet = new KeySet({ location: config.hostJwks, algorithms: config.hostAlgorithms, log, monotonic })
  // Not waited for: a host application that starts after Parley must not keep it from starting.
  void keySet.reload()
  return keySet
}

interface Timed {
  readonly store: AuthStore
  readonly revocations: Revocations
  readonly standing: Standing
  readonly keySet: KeySet | undefined
}

const startTimers = (context: AuthContext, { store, revocations, standing, keySet }: Timed): ReturnType<typeof setInterval>[] => {
  const prune = (): void => {
    store.prune(context.now()).catch((failure: unknown) => context.log.warn({ err: failure }, 'old sessions could not be removed'))
  }
  // An SQLite file has one server, which knows what it revoked; it only has to forget the old ones.
  const syncMs = context.store.dialect === 'postgres' ? pollMs : hourMs
  const timers = [
    setInterval(() => void revocations.poll(), syncMs),
    setInterval(() => void standing.poll(), syncMs),
    setInterval(prune, hourMs),
  ]
  if (keySet) timers.push(setInterval(() => void keySet.reload(), reloadMs))
  return timers
}

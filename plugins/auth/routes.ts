import type { Hono } from 'hono'
import * as v from 'valibot'
import { coreErrors, type Identity, limitKey, type RouteRequest, route } from '#core'
import type { Accounts, Origin } from './accounts.ts'
import { deviceOf } from './device.ts'
import { errors } from './errors.ts'
import { login, name, user } from './fields.ts'
import { limits } from './limits.ts'
import type { People } from './people.ts'
import { addPeople } from './people-routes.ts'
import type { Sessions } from './sessions.ts'
import type { AuthStore } from './store.ts'
import { ticketTtlS } from './tickets.ts'

const tokens = v.object({ user, accessToken: v.string(), refreshToken: v.string(), expiresIn: v.number() })
const session = v.object({
  id: v.string(),
  createdAt: v.string(),
  lastSeenAt: v.string(),
  device: v.string(),
  current: v.boolean(),
})

/** What the routes answer with. */
export interface RouteOptions {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly people: People
  readonly store: Pick<AuthStore, 'findUser'>
  readonly ticket: (identity: Identity, origin: string | undefined) => string
  /** What is switched on. */
  readonly offers: { readonly guest: boolean; readonly register: boolean; readonly login: boolean }
}

const from = ({ ip, request }: Pick<RouteRequest, 'ip' | 'request'>): Origin => ({
  ip: limitKey(ip),
  device: deviceOf(request.headers.get('user-agent')),
})

// Those that count by themselves, each in its own way, have no general limit beside it.
/** The routes below `/api/auth`; PROTOCOL.md section 9. */
export const addRoutes = (app: Hono, options: RouteOptions): void => {
  addSignIn(app, options)
  addSessions(app, options)
  addPeople(app, options.people)
}

const refusals = {
  guest: [errors.GUESTS_OFF, coreErrors.RATE_LIMITED],
  register: [errors.REGISTER_OFF, errors.WEAK_PASSWORD, errors.LOGIN_TAKEN, errors.BUSY, coreErrors.RATE_LIMITED],
  login: [errors.LOGIN_OFF, errors.WRONG_LOGIN, errors.DISABLED, errors.BUSY, coreErrors.RATE_LIMITED],
}

const addSignIn = (app: Hono, { accounts, sessions, offers }: RouteOptions): void => {
  const offered = v.object({ guest: v.boolean(), register: v.boolean(), login: v.boolean() })
  route(app, { method: 'get', path: '/', limit: 'none', summary: 'What is switched on.', reply: offered }, () => offers)
  route(
    app,
    {
      method: 'post',
      path: '/guest',
      limit: 'none',
      summary: 'Come in as a guest.',
      body: v.strictObject({ name }),
      reply: tokens,
      status: 201,
      errors: refusals.guest,
    },
    (request) => accounts.guest(request.body.name, from(request)),
  )
  const newAccount = v.strictObject({ login, password: v.string(), name })
  route(
    app,
    {
      method: 'post',
      path: '/register',
      limit: 'none',
      summary: 'Make an account.',
      body: newAccount,
      reply: tokens,
      status: 201,
      errors: refusals.register,
    },
    (request) => accounts.register(request.body, from(request)),
  )
  const credentials = v.strictObject({ login, password: v.string() })
  route(
    app,
    {
      method: 'post',
      path: '/login',
      limit: 'none',
      summary: 'Sign in with a password.',
      body: credentials,
      reply: tokens,
      errors: refusals.login,
    },
    (request) => accounts.login(request.body, from(request)),
  )
  const body = v.strictObject({ refreshToken: v.pipe(v.string(), v.maxLength(1_024)) })
  route(
    app,
    {
      method: 'post',
      path: '/refresh',
      limit: limits.refreshes,
      summary: 'Trade a refresh token in.',
      body,
      reply: tokens,
      errors: [errors.REFRESH_INVALID],
    },
    (request) => sessions.refresh(request.body.refreshToken, limitKey(request.ip)),
  )
}

const addSessions = (app: Hono, { sessions, store, ticket }: RouteOptions): void => {
  const signedIn = true
  route(app, { method: 'post', path: '/logout', summary: 'End this session.', signedIn }, ({ identity, ip }) =>
    sessions.logout(identity, limitKey(ip)),
  )
  const reply = v.object({ sessions: v.array(session) })
  route(app, { method: 'get', path: '/sessions', summary: 'One’s own sessions.', signedIn, reply }, async ({ identity }) => ({
    sessions: await sessions.list(identity.userId, identity.sessionId),
  }))
  const end = {
    method: 'delete',
    path: '/sessions/{id}',
    summary: 'End one of one’s own sessions.',
    errors: [errors.NO_SUCH_SESSION],
  } as const
  route(app, { ...end, signedIn }, async (request) => {
    const isEnded = await sessions.revoke(request.params.id ?? '', request.identity.userId, limitKey(request.ip))
    if (!isEnded) throw errors.NO_SUCH_SESSION()
  })
  const issued = v.object({ ticket: v.string(), expiresIn: v.number() })
  route(app, { method: 'post', path: '/ticket', summary: 'A ticket for one socket.', signedIn, reply: issued, status: 201 }, (request) => ({
    ticket: ticket(request.identity, request.request.headers.get('origin') ?? undefined),
    expiresIn: ticketTtlS,
  }))
  route(app, { method: 'get', path: '/me', summary: 'Who one is.', signedIn, reply: user }, async ({ identity }) => {
    const found = await store.findUser(identity.userId)
    // A genuine token of somebody whom this database has never seen, e.g. after it was restored from a backup.
    if (!found) throw coreErrors.BAD_TOKEN()
    return { id: found.id, name: found.name, guest: found.guest }
  })
}

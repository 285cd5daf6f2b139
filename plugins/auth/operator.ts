import type { Hono } from 'hono'
import * as v from 'valibot'
import { coreErrors, type Identity, route } from '#core'
import type { Disabled } from './disabled.ts'
import type { AuthStore, Listed } from './store.ts'

/** What the token of an operator must allow. */
const scope = 'auth.admin'

const userId = v.pipe(v.string(), v.regex(/^U\d{1,19}$/, 'a user'))
const limit = v.pipe(v.string(), v.regex(/^\d{1,3}$/, 'a number'), v.transform(Number), v.minValue(1), v.maxValue(200))
const listed = v.object({
  id: v.string(),
  name: v.string(),
  login: v.optional(v.string()),
  guest: v.boolean(),
  createdAt: v.string(),
  disabledAt: v.optional(v.string()),
})

/** What the routes work with. */
export interface OperatorOptions {
  readonly store: Pick<AuthStore, 'listUsers'>
  readonly disabled: Pick<Disabled, 'add' | 'remove'>
}

const check = ({ scope: given }: Identity): void => {
  if (!given.includes(scope)) throw coreErrors.FORBIDDEN()
}

const shown = ({ id, name, login, guest, createdAt, disabledAt }: Listed): v.InferInput<typeof listed> => ({
  id,
  name,
  ...(login !== null && { login }),
  guest,
  createdAt: createdAt.toISOString(),
  ...(disabledAt && { disabledAt: disabledAt.toISOString() }),
})

/** The routes of whoever runs the server; PROTOCOL.md section 9. */
export const addOperatorRoutes = (app: Hono, { store, disabled }: OperatorOptions): void => {
  const errors = [coreErrors.FORBIDDEN]
  route(
    app,
    {
      method: 'get',
      path: '/users',
      summary: 'All users, by id. Needs the scope auth.admin.',
      signedIn: true,
      query: v.strictObject({ after: v.optional(userId), limit: v.optional(limit, '100') }),
      reply: v.object({ users: v.array(listed), more: v.boolean() }),
      errors,
    },
    async ({ identity, query }) => {
      check(identity)
      const rows = await store.listUsers(query.after ?? '', query.limit + 1)
      return { users: rows.slice(0, query.limit).map(shown), more: rows.length > query.limit }
    },
  )
  route(
    app,
    {
      method: 'post',
      path: '/users',
      summary: 'Disable users, or enable them again. Needs the scope auth.admin.',
      signedIn: true,
      body: v.strictObject({
        users: v.pipe(v.array(userId), v.minLength(1), v.maxLength(200)),
        state: v.picklist(['disabled', 'enabled']),
      }),
      reply: v.object({ changed: v.array(v.string()) }),
      errors,
    },
    async ({ identity, body }) => {
      check(identity)
      // Nobody locks themselves out.
      const others = body.users.filter((user) => user !== identity.userId)
      if (others.length === 0) return { changed: [] }
      return { changed: await (body.state === 'disabled' ? disabled.add(others) : disabled.remove(others)) }
    },
  )
}

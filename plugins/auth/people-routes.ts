// The routes about people: one's own name, and what administrators see and change.
import type { Hono } from 'hono'
import * as v from 'valibot'
import { coreErrors, type Identity, route } from '#core'
import { errors } from './errors.ts'
import { name, user } from './fields.ts'
import { limits } from './limits.ts'
import { adminScope, type People, states } from './people.ts'
import { scopePattern, userIdPattern } from './rights.ts'

const userId = v.pipe(v.string(), v.regex(userIdPattern, 'a user'))
const limit = v.pipe(v.string(), v.regex(/^\d{1,3}$/), v.transform(Number), v.minValue(1), v.maxValue(200))
const scope = v.pipe(v.array(v.pipe(v.string(), v.regex(scopePattern, 'words like chat.admin'))), v.maxLength(20))
const person = v.object({
  id: v.string(),
  name: v.string(),
  login: v.nullable(v.string()),
  host: v.nullable(v.object({ issuer: v.string(), subject: v.string() })),
  guest: v.boolean(),
  state: v.picklist(states),
  scope: v.array(v.string()),
  createdAt: v.string(),
})

const check = ({ scope: given }: Identity): void => {
  if (!given.includes(adminScope)) throw coreErrors.FORBIDDEN()
}

/** The routes below `/api/auth` that are about people; PROTOCOL.md section 9. */
export const addPeople = (app: Hono, people: People): void => {
  const rename = { method: 'patch', path: '/me', summary: 'Take another name.', limit: limits.names } as const
  const signedIn = true
  route(
    app,
    { ...rename, signedIn, body: v.strictObject({ name }), reply: user, errors: [errors.HOST_NAME, errors.DISABLED] },
    async ({ identity, body }) => {
      const { id, name, guest } = await people.rename(identity.userId, body.name)
      return { id, name, guest }
    },
  )
  addAdministration(app, people)
}

const addAdministration = (app: Hono, people: People): void => {
  const common = { path: '/users', signedIn: true, limit: limits.administration } as const
  const query = v.pipe(v.string(), v.minLength(1), v.maxLength(64))
  route(
    app,
    {
      ...common,
      method: 'get',
      summary: 'People, by id. Needs the scope auth.admin.',
      query: v.strictObject({ after: v.optional(userId), limit: v.optional(limit, '100'), query: v.optional(query) }),
      reply: v.object({ users: v.array(person), next: v.optional(v.string()) }),
      errors: [coreErrors.FORBIDDEN],
    },
    async ({ identity, query: asked }) => {
      check(identity)
      const { users, next } = await people.list(asked)
      return { users: users.map((found) => ({ ...found, scope: [...found.scope] })), ...(next !== undefined && { next }) }
    },
  )
  const users = v.pipe(v.array(userId), v.minLength(1), v.maxLength(200))
  const wanted = v.strictObject({ users, state: v.optional(v.picklist(states)), scope: v.optional(scope) })
  route(
    app,
    {
      ...common,
      method: 'post',
      summary: 'Disable people, enable or delete them, or set their scopes. Needs the scope auth.admin.',
      body: v.pipe(
        wanted,
        v.check(({ state, scope: words }) => state !== undefined || words !== undefined, 'a state or a scope'),
      ),
      reply: v.object({ changed: v.array(v.string()) }),
      errors: [coreErrors.FORBIDDEN, errors.ONESELF, errors.NAMED_ADMIN],
    },
    async ({ identity, body }) => {
      check(identity)
      return { changed: await people.put(identity, body.users, body) }
    },
  )
}

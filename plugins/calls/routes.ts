import type { Hono } from 'hono'
import * as v from 'valibot'
import { coreErrors, route } from '#core'
import { reported } from './messages.ts'
import type { Reports } from './reports.ts'

const limit = v.optional(v.pipe(v.string(), v.regex(/^\d{1,3}$/), v.transform(Number), v.minValue(1), v.maxValue(200)), '50')

/** The routes below `/api/calls`, for the operator. */
export const addRoutes = (app: Hono, reports: Reports): void =>
  route(
    app,
    {
      method: 'get',
      path: '/reports',
      summary: 'Why calls failed lately, newest first. Needs the scope calls.admin.',
      query: v.strictObject({ limit }),
      reply: v.object({ reports: v.array(reported) }),
      signedIn: true,
      errors: [coreErrors.FORBIDDEN],
    },
    async ({ identity, query }) => {
      if (!identity.scope.includes('calls.admin')) throw coreErrors.FORBIDDEN()
      return { reports: await reports.latest(query.limit) }
    },
  )

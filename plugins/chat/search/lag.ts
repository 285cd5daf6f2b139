// How far the index is behind the logs, for whoever runs the server.
import type { Hono } from 'hono'
import * as v from 'valibot'
import { coreErrors, route } from '#core'
import { checkOperator } from '../oversight.ts'
import { type Indexer, waitingLimit } from './indexer.ts'

/** The route below `/api/chat`; PROTOCOL.md section 11. */
export const addLag = (app: Hono, indexer: Pick<Indexer, 'waiting'>): void =>
  route(
    app,
    {
      method: 'get',
      path: '/search',
      summary: 'How many entries the search index is behind. Needs the scope chat.admin.',
      signedIn: true,
      reply: v.object({ waiting: v.number(), limit: v.number() }),
      errors: [coreErrors.FORBIDDEN],
    },
    ({ identity }) => {
      checkOperator(identity)
      return { waiting: indexer.waiting, limit: waitingLimit }
    },
  )

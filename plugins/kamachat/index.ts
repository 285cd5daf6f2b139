import * as v from 'valibot'
import { definePlugin, Messaging, maybe, Users } from '#core'
import { defineContents } from './contents.ts'
import { errors } from './errors.ts'
import { OldTranslator } from './translator.ts'

const config = v.object({
  /** Where old clients open their socket. */
  path: v.optional(v.pipe(v.string(), v.regex(/^\/[A-Za-z0-9/_-]{1,64}$/, 'a path such as /wss')), '/wss'),
  /** How an offer or an answer is told: as the object that browsers make of it, or as its text. */
  sdp: v.optional(v.picklist(['object', 'text']), 'object'),
})

/** Clients that were written for KamaChat talk to everybody here, and call them, with their own frames. */
export const kamachat = definePlugin({
  id: 'kamachat',
  config,
  errors,
  capabilities: ['transport'],
  uses: { users: maybe(Users), messaging: maybe(Messaging) },
  setup({ config: settings, use, id }) {
    if (use.messaging) defineContents(use.messaging)
    return {
      dialects: [
        {
          path: settings.path,
          translate: (connection, query, wire) =>
            new OldTranslator({
              connection,
              users: use.users,
              clientId: query.get('client_id') ?? undefined,
              newId: () => id('K'),
              sdpForm: settings.sdp,
              wire,
            }),
        },
      ],
    }
  },
})

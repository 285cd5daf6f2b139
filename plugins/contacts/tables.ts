import type { Kit } from '#core'

export const tables = (k: Kit) => ({
  // What `user` has to do with `other`: one row per direction, none where there is nothing to say. Two contacts have both.
  relations: k.table(
    'contacts_relations',
    {
      user: k.text('user').notNull(),
      other: k.text('other').notNull(),
      /** Contacts since. */
      since: k.time('since'),
      remark: k.text('remark'),
      blockedAt: k.time('blocked_at'),
      /** `user` has asked `other`, who has not answered. */
      requestedAt: k.time('requested_at'),
      note: k.text('note'),
    },
    (t) => [
      k.primaryKey({ name: 'contacts_relations_pair', columns: [t.user, t.other] }),
      k.index('contacts_relations_outgoing').on(t.user, t.requestedAt),
      k.index('contacts_relations_incoming').on(t.other, t.requestedAt),
    ],
  ),
  settings: k.table('contacts_settings', { user: k.text('user').primaryKey(), whoMayWrite: k.text('who_may_write').notNull() }),
})

export type Tables = ReturnType<typeof tables>

import type { Kit } from '#core'

export const tables = (k: Kit) => ({
  // The last position given to each user, and on Postgres the last one that a device may have been told of. Whoever takes the next one holds this row until the commit, on every node, so
  // positions become visible in their order and no cursor passes one that is still to come.
  heads: k.table('inbox_heads', {
    user: k.text('user').primaryKey(),
    position: k.int('position').notNull(),
    issued: k.int('issued').notNull().default(0),
  }),
  entries: k.table(
    'inbox_entries',
    {
      user: k.text('user').notNull(),
      kind: k.text('kind').notNull(),
      key: k.text('key').notNull(),
      position: k.int('position').notNull(),
    },
    (t) => [
      k.primaryKey({ name: 'inbox_entries_thing', columns: [t.user, t.kind, t.key] }),
      k.unique('inbox_entries_position').on(t.user, t.position),
    ],
  ),
  // One row. It is the identity of this log: a database that is put back to an earlier state gets another (`parley --restored`).
  epochs: k.table('inbox_epochs', { id: k.int('id').primaryKey(), epoch: k.text('epoch').notNull() }),
})

export type Tables = ReturnType<typeof tables>

import type { Kit } from '#core'

export const tables = (k: Kit) => ({
  entries: k.table(
    'guestbook_entries',
    {
      id: k.id().primaryKey(),
      author: k.text('author').notNull(),
      name: k.text('name').notNull(),
      text: k.text('text').notNull(),
      time: k.time('time').notNull(),
    },
    (t) => [k.index('guestbook_entries_time').on(t.time)],
  ),
})

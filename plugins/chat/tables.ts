import type { Kit } from '#core'

/** A mention, a link, a piece of code…: `length` characters of the text from `offset`, both in UTF-16 units. */
export interface Entity {
  readonly type: string
  readonly offset: number
  readonly length: number
  readonly user?: string | undefined
  readonly url?: string | undefined
}

/** What a message holds beside its text; each part is absent where it would say nothing. */
export interface Extra {
  readonly entities?: readonly Entity[]
  /** The position it answers. */
  readonly reply?: number
  /** Where it was first said. */
  readonly forward?: { readonly from: string; readonly time: string }
  /** Of a forward: which message it is a copy of, so that a second try is known again. Never shown. */
  readonly origin?: string
  /** A kind from the registry, with that kind's own data. */
  readonly content?: { readonly kind: string; readonly data: Readonly<Record<string, unknown>> }
  /** Who reacted, by emoji. */
  readonly reactions?: Readonly<Record<string, readonly string[]>>
  readonly pinned?: true
  /** Never stored: the reader has deleted it for themselves. */
  readonly hidden?: true
  /** Of a mutation: what it changed, and how. */
  readonly change?: Readonly<Record<string, unknown>>
}

export const tables = (k: Kit) => {
  // `key` is both users' ids in order, or a group's id; `id` is small, because it stands in every row and index below.
  const conversations = k.table(
    'chat_conversations',
    { id: k.int('id').primaryKey(), key: k.text('key').notNull(), first: k.text('first').notNull(), second: k.text('second').notNull() },
    (t) => [
      k.unique('chat_conversations_key').on(t.key),
      k.index('chat_conversations_first').on(t.first),
      k.index('chat_conversations_second').on(t.second),
    ],
  )
  const groups = k.table('chat_groups', {
    conversation: k.int('conversation').primaryKey(),
    name: k.text('name').notNull(),
    notice: k.text('notice').notNull(),
    avatar: k.text('avatar').notNull(),
    owner: k.text('owner').notNull(),
    kind: k.text('kind').notNull(),
    joining: k.text('joining').notNull(),
    history: k.text('history').notNull(),
    size: k.int('size').notNull(),
    count: k.int('count').notNull(),
    mutedUntil: k.time('muted_until'),
    // Who may bring people in: its members, or only its owner and admins.
    inviting: k.text('inviting').notNull().default('members'),
    createdAt: k.time('created_at').notNull(),
    dismissedAt: k.time('dismissed_at'),
    // Since when the operator lets nobody write or come in.
    frozenAt: k.time('frozen_at'),
  })
  const members = k.table(
    'chat_members',
    {
      user: k.text('user').notNull(),
      conversation: k.int('conversation').notNull(),
      role: k.text('role').notNull(),
      // Readable are the positions above `since` and, once they have left, up to `until`.
      since: k.int('since').notNull(),
      until: k.int('until'),
      read: k.int('read').notNull(),
      delivered: k.int('delivered').notNull(),
      mutedUntil: k.time('muted_until'),
      // Positions up to this one are deleted for this person only.
      cleared: k.int('cleared').notNull(),
      // What the person wants of the conversation. `silentUntil` is theirs, `mutedUntil` is the group's.
      silentUntil: k.time('silent_until'),
      pinnedAt: k.time('pinned_at'),
      archivedAt: k.time('archived_at'),
      isMarked: k.bool('is_marked').notNull().default(false),
      // An empty draft says when the last one ended, so that an older one which comes late stays away.
      draft: k.text('draft'),
      draftReply: k.int('draft_reply'),
      draftAt: k.time('draft_at'),
    },
    (t) => [
      k.primaryKey({ name: 'chat_members_pair', columns: [t.user, t.conversation] }),
      k.index('chat_members_conversation').on(t.conversation, t.user),
    ],
  )
  return {
    conversations,
    groups,
    members,
    messages: logTable(k),
    pins: pinTable(k),
    ...entranceTables(k),
    ...personalTables(k),
    ...searchTables(k),
    epochs: epochTable(k),
  }
}

/** Messages and their changes. */
const logTable = (k: Kit) =>
  k.table(
    'chat_messages',
    {
      conversation: k.int('conversation').notNull(),
      seq: k.int('seq').notNull(),
      id: k.id('id').notNull(),
      sender: k.text('sender').notNull(),
      clientId: k.text('client_id').notNull(),
      text: k.text('text').notNull(),
      time: k.time('time').notNull(),
      // `kind` and `target` are of mutations, which stand in the same log; 0 and null of a message.
      kind: k.int('kind').notNull().default(0),
      target: k.int('target'),
      extra: k.json<Extra>('extra'),
      editedAt: k.time('edited_at'),
      recalledAt: k.time('recalled_at'),
    },
    (t) => [
      k.primaryKey({ name: 'chat_messages_position', columns: [t.conversation, t.seq] }),
      // Effectively once: a second try finds the first one, for as long as the row lives. The client's id comes first, because
      // ids that begin with the time (as those of src/client, or UUIDs of version 7) then all go to the end of the index: in
      // any other order each sender's place is a page of its own, which every message would write to the log.
      k.unique('chat_messages_once').on(t.clientId, t.sender, t.conversation),
    ],
  )

// Which messages are pinned; the messages say so too.
const pinTable = (k: Kit) =>
  k.table('chat_pins', { conversation: k.int('conversation').notNull(), seq: k.int('seq').notNull() }, (t) => [
    k.primaryKey({ name: 'chat_pins_position', columns: [t.conversation, t.seq] }),
  ])

// The ways into a group, and who has none.
const entranceTables = (k: Kit) => ({
  links: k.table(
    'chat_links',
    {
      code: k.text('code').primaryKey(),
      conversation: k.int('conversation').notNull(),
      maker: k.text('maker').notNull(),
      createdAt: k.time('created_at').notNull(),
      expiresAt: k.time('expires_at'),
      /** How many may enter by it, and how many have; null for any number. */
      uses: k.int('uses'),
      used: k.int('used').notNull(),
    },
    (t) => [k.index('chat_links_conversation').on(t.conversation, t.maker)],
  ),
  // Open ones, and those that were rejected, so that the applicant's other devices learn of it.
  applications: k.table(
    'chat_applications',
    {
      conversation: k.int('conversation').notNull(),
      user: k.text('user').notNull(),
      note: k.text('note').notNull(),
      time: k.time('time').notNull(),
      rejectedAt: k.time('rejected_at'),
    },
    (t) => [
      k.primaryKey({ name: 'chat_applications_pair', columns: [t.conversation, t.user] }),
      k.index('chat_applications_user').on(t.user, t.conversation),
    ],
  ),
  bans: k.table(
    'chat_bans',
    {
      conversation: k.int('conversation').notNull(),
      user: k.text('user').notNull(),
      by: k.text('by').notNull(),
      time: k.time('time').notNull(),
    },
    (t) => [k.primaryKey({ name: 'chat_bans_pair', columns: [t.conversation, t.user] })],
  ),
})

/** What concerns one person alone. */
const personalTables = (k: Kit) => {
  // Messages that one person does not want to see any more.
  const hidden = k.table(
    'chat_hidden',
    { user: k.text('user').notNull(), conversation: k.int('conversation').notNull(), seq: k.int('seq').notNull() },
    (t) => [k.primaryKey({ name: 'chat_hidden_message', columns: [t.user, t.conversation, t.seq] })],
  )
  // Who is mentioned where; `everybody` (mentions.ts) stands for all who are in the group.
  const mentions = k.table(
    'chat_mentions',
    {
      conversation: k.int('conversation').notNull(),
      seq: k.int('seq').notNull(),
      user: k.text('user').notNull(),
      sender: k.text('sender').notNull(),
    },
    (t) => [
      k.primaryKey({ name: 'chat_mentions_person', columns: [t.conversation, t.user, t.seq] }),
      k.index('chat_mentions_message').on(t.conversation, t.seq),
    ],
  )
  // What people want of the whole plugin; who never said anything has no row.
  const people = k.table('chat_people', { user: k.text('user').primaryKey(), receipts: k.bool('receipts').notNull() })
  return { hidden, mentions, people }
}

// One row. It is the identity of all logs: a database that is put back to an earlier state gets another (epoch.ts).
const epochTable = (k: Kit) => k.table('chat_epochs', { id: k.int('id').primaryKey(), epoch: k.text('epoch').notNull() })

/** What is searched (search/). */
const searchTables = (k: Kit) => ({
  // Which message a number of the index is: `n` is the number in its id, so that the highest is the newest.
  docs: k.table('chat_docs', { n: k.int('n').primaryKey(), conversation: k.int('conversation').notNull(), seq: k.int('seq').notNull() }),
  // Up to where the log of each conversation is indexed.
  cursors: k.table('chat_cursors', { conversation: k.int('conversation').primaryKey(), seq: k.int('seq').notNull() }),
  // The index itself, which 0007_search makes by hand: FTS5 on SQLite, a tsvector on Postgres; and what Postgres needs beside it,
  // of 0010_places. One level deeper, so that `npm run generate` does not see them.
  index: {
    words: k.table('chat_words', { n: k.int('rowid').primaryKey(), words: k.text('words').notNull() }),
    places: k.table('chat_places', { place: k.text('place').notNull(), n: k.int('n').notNull() }),
  },
})

export type Tables = ReturnType<typeof tables>

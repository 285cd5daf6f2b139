import type { Kit } from '#core'

/** Times are the app's clock. Nothing here can be presented as a credential: passwords and refresh tokens are hashes. */
export const tables = (k: Kit) => ({
  users: k.table(
    'auth_users',
    {
      id: k.id().primaryKey(),
      name: k.text('name').notNull(),
      /** Lower case. Null for guests and for users of a host application. */
      login: k.text('login'),
      /** Argon2id as a PHC string; null where `login` is. */
      passwordHash: k.text('password_hash'),
      guest: k.bool('guest').notNull(),
      /** `iss` and `sub` of a host application's user; the issuer is empty text when its tokens name none. */
      issuer: k.text('issuer'),
      subject: k.text('subject'),
      createdAt: k.time('created_at').notNull(),
      /** `disabled` or `deleted`; null for everybody else. */
      state: k.text('state'),
      /** Words between single spaces; null or empty text for most people, and for all guests and users of a host application. */
      scope: k.text('scope'),
      /** When state, scope or name were changed last, other than by a host application; rises with every change. */
      changedAt: k.time('changed_at'),
    },
    (t) => [
      k.unique('auth_users_login').on(t.login),
      k.unique('auth_users_external').on(t.issuer, t.subject),
      k.index('auth_users_changed').on(t.changedAt),
    ],
  ),

  sessions: k.table(
    'auth_sessions',
    {
      id: k.id().primaryKey(),
      userId: k.id('user_id').notNull(),
      /** SHA-256 of the current refresh token; null for a session that the host application keeps alive. */
      refreshHash: k.text('refresh_hash'),
      /** How many times the refresh token was rotated: the current one carries this number. */
      generation: k.int('generation').notNull(),
      rotatedAt: k.time('rotated_at').notNull(),
      /** The host application's `sid`, empty text if it has none; null for our own sessions. */
      hostSid: k.text('host_sid'),
      device: k.text('device').notNull(),
      /** When it began; a host's session that was revoked begins anew with a token issued after that. */
      createdAt: k.time('created_at').notNull(),
      lastSeenAt: k.time('last_seen_at').notNull(),
      expiresAt: k.time('expires_at').notNull(),
      /** Tokens issued before this are refused. Never cleared, so that a restart cannot forget it. */
      revokedAt: k.time('revoked_at'),
    },
    (t) => [
      k.unique('auth_sessions_host').on(t.userId, t.hostSid),
      k.index('auth_sessions_expires').on(t.expiresAt),
      k.index('auth_sessions_revoked').on(t.revokedAt),
    ],
  ),

  /** Socket tickets that were used and could still be presented again. */
  usedTickets: k.table('auth_used_tickets', { id: k.id().primaryKey(), expiresAt: k.time('expires_at').notNull() }, (t) => [
    k.index('auth_used_tickets_expires').on(t.expiresAt),
  ]),

  /** The signing secret of a development server that was given none. */
  keys: k.table('auth_keys', {
    id: k.id().primaryKey(),
    secret: k.text('secret').notNull(),
    createdAt: k.time('created_at').notNull(),
  }),
})

/** This plugin's tables, on either database. */
export type Tables = ReturnType<typeof tables>

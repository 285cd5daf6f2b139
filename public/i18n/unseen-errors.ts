// Codes without a text on the page, each with the reason why nobody comes to see it there. Only a test reads this.

/** By plugin, or `core`; `all` stands for the whole of a plugin. */
export const unseen: Readonly<Record<string, 'all' | Readonly<Record<string, string>>>> = {
  core: {
    CORE_BAD_JSON: 'the client writes JSON',
    CORE_BAD_ENVELOPE: 'the client writes the envelope',
    CORE_UNSUPPORTED_DATA: 'the client sends text',
    CORE_METHOD_NOT_ALLOWED: 'the page knows the methods',
    CORE_UNSUPPORTED_MEDIA_TYPE: 'the page sends JSON',
    CORE_UPGRADE_REQUIRED: 'a browser opens the socket',
    CORE_TOO_MANY_SUBSCRIPTIONS: 'the page follows one room',
    ...Object.fromEntries(['SETTING', 'CONFIG_FILE', 'PLUGIN'].map((what) => [`CORE_BAD_${what}`, 'keeps the server from starting'])),
    ...Object.fromEntries(
      ['DUPLICATE_PLUGIN', 'DUPLICATE_SERVICE', 'MISSING_SERVICE', 'CYCLIC_SERVICES', 'UNKNOWN_CAPABILITY', 'MISSING_CAPABILITY']
        .concat('CANNOT_LISTEN', 'DATABASE_URL', 'DATABASE_IN_USE', 'DATABASE_UNUSABLE', 'DATABASE_NEWER')
        .concat('MIGRATION_CHANGED', 'MIGRATION_FAILED')
        .map((what) => [`CORE_${what}`, 'keeps the server from starting']),
    ),
  },
  auth: {
    AUTH_REFRESH_INVALID: 'ends the session, which the welcome view says in its own words',
    AUTH_NO_SUCH_SESSION: 'the page does not list sessions',
    AUTH_ONESELF: 'the page has no administration',
    AUTH_NAMED_ADMIN: 'the page has no administration',
  },
  rooms: {
    ROOMS_NOT_JOINED: 'the page says nothing in rooms',
    ROOMS_EXISTS: 'the page makes no rooms by name',
    ROOMS_TOO_MANY: 'who is here is not shown then, and all else goes on',
  },
  chat: { CHAT_NOTHING_TO_FIND: 'a search for signs alone finds nothing, which is what the page says' },
  calls: {
    CALLS_NOT_IN_CALL: 'the client of calls comes back by itself',
    CALLS_STALE: 'the client of calls counts its signals',
    CALLS_IDEMPOTENCY_CONFLICT: 'the client of calls makes a new id for each',
    CALLS_NO_SUCH_PARTY: 'a signal to somebody who has just left is dropped',
    CALLS_NO_OFFER: 'the client of calls begins anew',
    CALLS_TOO_MANY_CANDIDATES: 'the client of calls sends those that it has',
  },
  kamachat: 'all',
}

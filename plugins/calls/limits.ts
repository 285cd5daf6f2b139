import { limit } from '#core'

/** How often people may be rung and helpers asked for. */
export const limits = {
  invites: limit({ by: 'user', count: 10 }),
  /** A device in a call of four has three others to talk to. */
  signals: limit({ by: 'connection', count: 20, seconds: 1 }),
  ices: limit({ by: 'user', count: 10, seconds: 3_600 }),
  reports: limit({ by: 'user', count: 10 }),
}

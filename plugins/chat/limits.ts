import { limit } from '#core'

/** How fast one person may write and search, over all of their connections. */
export const limits = { sends: limit({ by: 'user', count: 120 }), searches: limit({ by: 'user', count: 60 }) }

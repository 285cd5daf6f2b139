import { limit } from '#core'

/** How fast one person may write, over all of their connections. */
export const limits = { sends: limit({ by: 'user', count: 120 }) }

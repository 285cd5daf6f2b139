import { limit } from '#core'

/** How fast one person may write, search and go about groups, over all of their connections. */
export const limits = {
  sends: limit({ by: 'user', count: 120 }),
  searches: limit({ by: 'user', count: 60 }),
  /** What brings people together who may not know each other. */
  entrances: limit({ by: 'user', count: 30 }),
}

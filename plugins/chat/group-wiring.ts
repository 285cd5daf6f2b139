// Puts the parts that groups are made of together.
import type { Context, Handlers, Inbox, Relations, Users } from '#core'
import { Applications, inboxKinds } from './applications.ts'
import { Bans } from './bans.ts'
import { Entrances } from './entrances.ts'
import { createGroupHandlers } from './group-handlers.ts'
import type { groupMessages } from './group-messages.ts'
import { Groups } from './groups.ts'
import { Links } from './links.ts'
import { Memberships, type MembershipsOptions } from './memberships.ts'
import type { events } from './messages.ts'
import { Oversight } from './oversight.ts'
import type { Receipts } from './receipts.ts'
import type { Tables } from './tables.ts'

type Shared = Pick<MembershipsOptions, 'conversations' | 'rosters' | 'places' | 'posting' | 'log' | 'heads' | 'leavings'>
type Wiring = Pick<
  Context<unknown, typeof events, Record<never, never>, Tables>,
  'store' | 'publish' | 'userTopic' | 'topic' | 'connections' | 'id' | 'now' | 'tables'
>

/** What groups are wired with. */
export interface GroupWiring extends Wiring, Shared {
  readonly users: Users | undefined
  readonly relations: Relations | undefined
  readonly inbox: Inbox | undefined
  readonly receipts: Receipts
  readonly limits: GroupLimits
}

/** How much of each one group takes; `ofPerson` is about one person's open applications to all groups. */
export interface GroupLimits {
  readonly size: number
  readonly links: number
  readonly bans: number
  readonly applications: number
  readonly ofPerson: number
}

/** What groups give the plugin. */
export interface GroupParts {
  readonly handlers: Handlers<typeof groupMessages>
  readonly oversight: Oversight
}

/** Everything about groups; what concerns the inbox is described to it. */
export const createGroups = (wiring: GroupWiring): GroupParts => {
  const { tables, topic, inbox, users, limits } = wiring
  const applications = new Applications({ ...wiring, limits: { ofGroup: limits.applications, ofPerson: limits.ofPerson } })
  const options: MembershipsOptions = {
    ...wiring,
    applications,
    links: new Links(tables, limits.links),
    bans: new Bans(tables, limits.bans),
    topicOf: (group) => topic('group', group),
  }
  const memberships = new Memberships(options)
  inbox?.describe(inboxKinds.mine, (user, keys) => applications.describeMine(user, keys))
  inbox?.describe(inboxKinds.theirs, (user, keys) => applications.describeTheirs(user, keys))
  const groups = new Groups({ ...options, memberships, size: limits.size })
  const entrances = new Entrances({ ...options, memberships, tables })
  return {
    handlers: createGroupHandlers({ groups, entrances, users, receipts: wiring.receipts, now: wiring.now }),
    oversight: new Oversight({ ...wiring, memberships, groups }),
  }
}

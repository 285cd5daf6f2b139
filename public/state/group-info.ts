// What there is to know of groups that are or were looked at: their rules, who asks to come in, links and bans.
import { type Signal, signal } from '@preact/signals'
import type { Member } from '../../src/client/index.ts'
import { type PageClient, request } from '../wire.ts'
import { client } from './connection.ts'
import { membersOf, noteAvatar } from './groups.ts'
import { learn } from './people.ts'

/** A group as one who is in it sees it. */
export interface GroupInfo {
  readonly id: string
  readonly name: string
  readonly notice: string
  readonly avatar: string
  readonly owner: string
  readonly kind: string
  readonly joining: string
  readonly inviting: string
  readonly history: string
  readonly count: number
  readonly role: string
  readonly mutedUntil?: string | undefined
  readonly frozen?: boolean | undefined
}

/** Somebody who asks to come in. */
export interface Application {
  readonly user: Member
  readonly note: string
}

/** A link that leads into a group. */
export interface GroupLink {
  readonly code: string
  readonly expiresAt?: string | undefined
  readonly uses?: number | undefined
  readonly used: number
}

type Kept<T> = Signal<ReadonlyMap<string, T>>

const infos: Kept<GroupInfo> = signal(new Map())
const applications: Kept<readonly Application[]> = signal(new Map())
const links: Kept<readonly GroupLink[]> = signal(new Map())
const bans: Kept<readonly Member[]> = signal(new Map())

const put = <T>(kept: Kept<T>, peer: string, value: T): void => {
  kept.value = new Map(kept.peek()).set(peer, value)
}

/** A group, as far as it was asked for. */
export const infoOf = (peer: string): GroupInfo | undefined => infos.value.get(peer)
/** Who asks to come in, as far as one may know. */
export const applicationsOf = (peer: string): readonly Application[] => applications.value.get(peer) ?? []
/** The links that work. */
export const linksOf = (peer: string): readonly GroupLink[] => links.value.get(peer) ?? []
/** Who is banned. */
export const bansOf = (peer: string): readonly Member[] => bans.value.get(peer) ?? []

/** How many are in a group, as far as it is known: more than are listed in a large one. */
export const countOf = (peer: string): number => infoOf(peer)?.count ?? membersOf(peer).length

/** Whether one's role governs the group. */
export const governs = (role: string | undefined): boolean => role === 'owner' || role === 'admin'

const askInfo = async (made: PageClient, peer: string): Promise<void> => {
  const info = await request(made, 'chat.info', {}, { to: peer })
  learn([{ id: peer, name: info.name }])
  noteAvatar(peer, info.avatar)
  put(infos, peer, info)
  if (governs(info.role)) await askApplications(made, peer)
}

const askApplications = async (made: PageClient, peer: string): Promise<void> => {
  const found = await request(made, 'chat.applications', {}, { to: peer })
  const all = found.applications as readonly Application[]
  learn(all.map(({ user }) => user))
  put(applications, peer, all)
}

/** Ask what there is to know. What goes wrong is asked for again with the next change. */
export const loadInfo = (peer: string): void => {
  const made = client.peek()
  if (made && peer.startsWith('G')) void askInfo(made, peer).catch(() => undefined)
}

/** Ask for the links, and whom the group has banned. */
export const loadEntrances = (peer: string, isGovernor: boolean): void => {
  const made = client.peek()
  if (!made) return
  const askLinks = async (): Promise<void> => put(links, peer, (await request(made, 'chat.links', {}, { to: peer })).links)
  const askBans = async (): Promise<void> => {
    const found = await request(made, 'chat.bans', {}, { to: peer })
    const people = found.bans.map(({ user }: { user: unknown }) => user as Member)
    learn(people)
    put(bans, peer, people)
  }
  void askLinks().catch(() => undefined)
  if (isGovernor) void askBans().catch(() => undefined)
}

/** Keep what is known up to date, from now on. Returns how to end it. */
export const startGroupInfo = (made: PageClient): (() => void) => {
  const again = (to: string | undefined): void => {
    if (to !== undefined && infos.peek().has(to)) loadInfo(to)
  }
  const ends = [
    made.chat.onEntry(({ type, to }) => type === 'chat.grouped' && again(to)),
    made.on('chat.applied', ({ to }) => again(to)),
    made.on('chat.decided', ({ to }) => again(to)),
  ]
  return () => {
    for (const end of ends) end()
    infos.value = new Map()
    applications.value = new Map()
    links.value = new Map()
    bans.value = new Map()
  }
}

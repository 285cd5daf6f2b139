// Who is in the groups that are or were open.
import { signal } from '@preact/signals'
import type { Entry, Member } from '../../src/client/index.ts'
import { type Sign, toSign } from '../text/sign.ts'
import { type PageClient, request } from '../wire.ts'
import { client } from './connection.ts'
import { learn } from './people.ts'

/** One who is in a group. */
export interface GroupMember {
  readonly id: string
  readonly role: string
  readonly read: number
  readonly delivered: number
  readonly mutedUntil?: string | undefined
}

/** A member as the server lists them; named, so that this compiles where the plugin is not in the catalogue. */
type Listed = Omit<GroupMember, 'read'> & { readonly read?: number }

/** The most that the server gives at once. */
const pageSize = 200
/** So many pages are asked for at once: mentions, roles and ticks need everybody, but nobody reads a list of thousands. */
const pagesAtOnce = 5

/** Who is in a group, and whether that is everybody. */
interface Roll {
  readonly members: readonly GroupMember[]
  readonly isWhole: boolean
}

const groups = signal<ReadonlyMap<string, Roll>>(new Map())

const avatars = signal<ReadonlyMap<string, string>>(new Map())

/** The sign of a group, as far as it has one. */
export const signOf = (peer: string): Sign | undefined => toSign(avatars.value.get(peer))

/** Take note of what stands for a group. */
export const noteAvatar = (peer: string, avatar: string): void => {
  if ((avatars.peek().get(peer) ?? '') !== avatar) avatars.value = new Map(avatars.peek()).set(peer, avatar)
}

/** Whether this is a group's id. */
export const isGroup = (peer: string): boolean => peer.startsWith('G')

/** Who is in a group, as far as it was asked for. */
export const membersOf = (peer: string): readonly GroupMember[] => groups.value.get(peer)?.members ?? []

/** Whether there are members that were not asked for yet. */
export const hasMoreMembers = (peer: string): boolean => groups.value.get(peer)?.isWhole === false

/** The role of somebody in a group, as far as it is known. */
export const roleIn = (peer: string, id: string): string | undefined => membersOf(peer).find((member) => member.id === id)?.role

const ask = async (made: PageClient, peer: string, after: string): Promise<Roll> => {
  const answer = await request(made, 'chat.members', { limit: pageSize, after }, { to: peer })
  const members = answer.members as readonly Listed[]
  learn(members as readonly Member[])
  return { members: members.map((member: Listed) => ({ ...member, read: member.read ?? 0 })), isWhole: !answer.more }
}

/** Ask for members behind those in `roll`, and show them as they come; in place of all that was known, once as many are there. */
const walk = async (made: PageClient, peer: string, roll: Roll): Promise<void> => {
  let all = roll
  for (let page = 0; page < pagesAtOnce && !all.isWhole; page++) {
    const { members, isWhole } = await ask(made, peer, all.members.at(-1)?.id ?? '')
    if (client.peek() !== made) return
    all = { members: [...all.members, ...members], isWhole }
    const known = groups.peek().get(peer)?.members.length ?? 0
    if (isWhole || all.members.length >= known || page === pagesAtOnce - 1) groups.value = new Map(groups.peek()).set(peer, all)
  }
}

/** Groups whose members are asked for; `true` where they have changed since. */
const walks = new Map<string, boolean>()

const load = (peer: string, behind: () => Roll): void => {
  const made = client.peek()
  if (!made || !isGroup(peer)) return
  if (walks.has(peer)) {
    walks.set(peer, true)
    return
  }
  walks.set(peer, false)
  const again = (): void => {
    const isDue = walks.get(peer)
    walks.delete(peer)
    if (isDue) loadMembers(peer)
  }
  void walk(made, peer, behind()).then(again, () => walks.delete(peer))
}

/** Ask who is in a group. What goes wrong is asked for again with the next change. */
export const loadMembers = (peer: string): void => load(peer, () => ({ members: [], isWhole: false }))

/** Ask for further members of a large group. */
export const loadMoreMembers = (peer: string): void => {
  const known = groups.peek().get(peer)
  if (known && !known.isWhole && !walks.has(peer)) load(peer, () => known)
}

/** Ask for something to be done in a group. Rejects as `request` does. */
export const act = (type: string, data: object, peer: string): Promise<unknown> => {
  const made = client.peek()
  return made ? made.request(type, data, { to: peer }) : Promise.reject(new Error('nobody is signed in'))
}

/** Make a group; resolves with its id, and who could not be brought in. Rejects as the client's `request` does. */
export const createGroup = async (name: string, users: readonly string[]): Promise<{ id: string; refused: readonly string[] }> => {
  const { id, refused } = await request(client.peek() as PageClient, 'chat.create', { name, users: [...users] })
  return { id, refused }
}

/** Bring people in; who of them could not be. Rejects as `request` does. */
export const invite = async (peer: string, users: readonly string[]): Promise<readonly string[]> =>
  (await request(client.peek() as PageClient, 'chat.invite', { users: [...users] }, { to: peer })).refused

/** Leave a group. Rejects as `request` does. */
export const leaveGroup = (peer: string): Promise<unknown> => act('chat.leave', {}, peer)

/** End a group for everyone. Rejects as `request` does. */
export const dismissGroup = (peer: string): Promise<unknown> => act('chat.dismiss', {}, peer)

/** What a link leads to. Rejects as `request` does. */
export const peekCode = (code: string) => request(client.peek() as PageClient, 'chat.peek', { code })

/** What anybody may know of a group that can be joined. Rejects as `request` does. */
export const peekGroup = (group: string) => request(client.peek() as PageClient, 'chat.peek', { group })

/** Go in by a link; resolves with the group's id. Rejects as `request` does. */
export const enterByCode = async (code: string): Promise<string> => {
  const { group } = await request(client.peek() as PageClient, 'chat.enter', { code })
  learn([{ id: group.id, name: group.name }])
  return group.id
}

/** Whether this change of a group ends it for `me`. */
export const endsFor = (entry: Entry, me: string): boolean => {
  const { left, removed, dismissed } = (entry.data.change ?? {}) as { left?: string; removed?: readonly string[]; dismissed?: boolean }
  return left === me || removed?.includes(me) === true || dismissed === true
}

/** Keep the members of known groups up to date, from now on. Returns how to end it. */
export const startGroups = (made: PageClient): (() => void) => {
  const stop = made.chat.onEntry(({ type, to }) => {
    if (type === 'chat.grouped' && groups.peek().has(to)) loadMembers(to)
  })
  return () => {
    stop()
    groups.value = new Map()
    walks.clear()
    avatars.value = new Map()
  }
}

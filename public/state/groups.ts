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
}

/** A member as the server lists them; named, so that this compiles where the plugin is not in the catalogue. */
type Listed = Omit<GroupMember, 'read'> & { readonly read?: number }

/** How many members are listed: the most that the server gives at once. */
const mostMembers = 200

const groups = signal<ReadonlyMap<string, readonly GroupMember[]>>(new Map())

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
export const membersOf = (peer: string): readonly GroupMember[] => groups.value.get(peer) ?? []

/** The role of somebody in a group, as far as it is known. */
export const roleIn = (peer: string, id: string): string | undefined => membersOf(peer).find((member) => member.id === id)?.role

const ask = async (made: PageClient, peer: string): Promise<void> => {
  const answer = await request(made, 'chat.members', { limit: mostMembers }, { to: peer })
  const members = answer.members as readonly Listed[]
  learn(members as readonly Member[])
  groups.value = new Map(groups.peek()).set(
    peer,
    members.map((member: Listed) => ({ ...member, read: member.read ?? 0 })),
  )
}

/** Ask who is in a group. What goes wrong is asked for again with the next change. */
export const loadMembers = (peer: string): void => {
  const made = client.peek()
  if (made && isGroup(peer)) void ask(made, peer).catch(() => undefined)
}

/** Ask for something to be done in a group. Rejects as `request` does. */
export const act = (type: string, data: object, peer: string): Promise<unknown> => {
  const made = client.peek()
  return made ? made.request(type, data, { to: peer }) : Promise.reject(new Error('nobody is signed in'))
}

/** Make a group; resolves with its id. Rejects as the client's `request` does. */
export const createGroup = async (name: string, users: readonly string[]): Promise<string> =>
  (await request(client.peek() as PageClient, 'chat.create', { name, users: [...users] })).id

/** Bring people in; how many of them could not be. Rejects as `request` does. */
export const invite = async (peer: string, users: readonly string[]): Promise<number> =>
  (await request(client.peek() as PageClient, 'chat.invite', { users: [...users] }, { to: peer })).refused.length

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
    avatars.value = new Map()
  }
}

// Who is in the groups that are or were open.
import { signal } from '@preact/signals'
import type { Entry, Member } from '../../src/client/index.ts'
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

/** How many members are listed: the most that the server gives at once. */
const mostMembers = 200

const groups = signal<ReadonlyMap<string, readonly GroupMember[]>>(new Map())

/** Whether this is a group's id. */
export const isGroup = (peer: string): boolean => peer.startsWith('G')

/** Who is in a group, as far as it was asked for. */
export const membersOf = (peer: string): readonly GroupMember[] => groups.value.get(peer) ?? []

/** The role of somebody in a group, as far as it is known. */
export const roleIn = (peer: string, id: string): string | undefined => membersOf(peer).find((member) => member.id === id)?.role

const ask = async (made: PageClient, peer: string): Promise<void> => {
  const { members } = await request(made, 'chat.members', { limit: mostMembers }, { to: peer })
  learn(members as readonly Member[])
  groups.value = new Map(groups.peek()).set(
    peer,
    members.map((member) => ({ ...member, read: member.read ?? 0 })),
  )
}

/** Ask who is in a group. What goes wrong is asked for again with the next change. */
export const loadMembers = (peer: string): void => {
  const made = client.peek()
  if (made && isGroup(peer)) void ask(made, peer).catch(() => undefined)
}

/** Make a group; resolves with its id. Rejects as the client's `request` does. */
export const createGroup = async (name: string, users: readonly string[]): Promise<string> =>
  (await request(client.peek() as PageClient, 'chat.create', { name, users: [...users] })).id

/** Bring people in. Rejects as `request` does. */
export const invite = async (peer: string, users: readonly string[]): Promise<void> => {
  await request(client.peek() as PageClient, 'chat.invite', { users: [...users] }, { to: peer })
}

/** Leave a group. Rejects as `request` does. */
export const leaveGroup = async (peer: string): Promise<void> => {
  await request(client.peek() as PageClient, 'chat.leave', {}, { to: peer })
}

/** End a group for everyone. Rejects as `request` does. */
export const dismissGroup = async (peer: string): Promise<void> => {
  await request(client.peek() as PageClient, 'chat.dismiss', {}, { to: peer })
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
  }
}

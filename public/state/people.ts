// Names of people and who is here now: everybody with the page open is in the room `lobby`.
import { computed, effect, signal } from '@preact/signals'
import type { Member } from '../../src/client/index.ts'
import type { PageClient } from '../wire.ts'
import { has, isOnline } from './connection.ts'
import { accessToken, noteOwnName } from './session.ts'

/** The room that everybody with the page open is in. */
const lobby = 'lobby'

const names = signal<ReadonlyMap<string, string>>(new Map())
const present = signal<readonly Member[]>([])

/** How many people are here, ourselves included; more than are listed in a crowd. */
export const hereCount = signal(0)
/** Who is here, by name, ourselves included. */
export const here = computed(() =>
  [...present.value].sort((a, b) => (a.name ?? '').localeCompare(b.name ?? '') || a.id.localeCompare(b.id)),
)
/** Whether who is here has been told yet. */
export const isHereKnown = signal(false)

const hereIds = computed(() => new Set(present.value.map((member) => member.id)))

/** Whether somebody is here now; `undefined` when that is not known. */
export const isHere = (id: string): boolean | undefined =>
  has('rooms') && isOnline.value && isHereKnown.value ? hereIds.value.has(id) : undefined

const remarks = signal<ReadonlyMap<string, string>>(new Map())

/** What somebody is called here: by oneself, else by themselves, as far as it is known. */
export const nameOf = (id: string): string | undefined => remarks.value.get(id) ?? names.value.get(id)

/** What somebody calls themselves. */
export const givenNameOf = (id: string): string | undefined => names.value.get(id)

/** Take note of what one calls people. */
export const noteRemarks = (all: ReadonlyMap<string, string>): void => {
  remarks.value = all
}

/** Take note of names. */
export const learn = (people: readonly Member[]): void => {
  const fresh = people.filter(({ id, name }) => name !== undefined && names.peek().get(id) !== name)
  if (fresh.length === 0) return
  names.value = new Map([...names.peek(), ...fresh.map(({ id, name }) => [id, name as string] as const)])
}

/** What people are called in the lobby, where a name stands from when they came in until they go. */
let lobbyNames: ReadonlyMap<string, string | undefined> = new Map()

/** The lobby tells news only when somebody comes in with another name than before; else a name that was looked up is newer. */
const learnInLobby = (members: readonly Member[]): void => {
  const before = lobbyNames
  learn(members.filter(({ id, name }) => !names.peek().has(id) || (before.has(id) && before.get(id) !== name)))
  lobbyNames = new Map([...before, ...members.map(({ id, name }) => [id, name] as const)])
}

const join = (client: PageClient): (() => void) => {
  const room = client.rooms.join(lobby, {
    onMembers: (members, count) => {
      learnInLobby(members)
      present.value = members
      hereCount.value = count
      isHereKnown.value = true
    },
  })
  return () => void room.leave()
}

/** Be here, and see who else is, as soon as it is known that rooms are on. Returns how to end it. */
export const startPeople = (client: PageClient, me: string): (() => void) => {
  let leave: (() => void) | undefined
  // A room shows the name with which its line was signed in: we sign in anew, and come in by the new name.
  const comeAgain = async (): Promise<void> => {
    const token = await accessToken()
    if (token === undefined || !leave) return
    await client.request('core.auth', { token })
    leave?.()
    leave = join(client)
  }
  const stopHearing = client.on('auth.renamed', ({ data }) => {
    const { name } = data as { name: string }
    noteOwnName(name)
    learn([{ id: me, name }])
    // Without a line it is signed in anew anyway.
    void comeAgain().catch(() => undefined)
  })
  const stop = effect(() => {
    if (has('rooms') && !leave) leave = join(client)
  })
  return () => {
    stop()
    stopHearing()
    leave?.()
    leave = undefined
    lobbyNames = new Map()
    names.value = new Map()
    present.value = []
    hereCount.value = 0
    isHereKnown.value = false
  }
}

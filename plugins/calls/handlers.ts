import type { Handlers, Store } from '#core'
import { type Call, type Kind, type Media, viewOf } from './call.ts'
import type { Calls } from './calls.ts'
import { errors } from './errors.ts'
import { type IceSettings, iceFor } from './ice.ts'
import type { Live } from './live.ts'
import { find } from './machine.ts'
import type { messages } from './messages.ts'
import type { Reports } from './reports.ts'
import type { CallStore } from './store.ts'

/** What handlers need. */
export interface HandlersOptions {
  readonly machine: Calls
  readonly live: Live
  readonly reports: Reports
  readonly calls: CallStore
  readonly store: Store
  readonly ice: IceSettings
  readonly now: () => number
}

const state = (call: Call) => ({ call: viewOf(call) })
const mediaOf = (kind: Kind): Media => ({ audio: true, video: kind === 'video', screen: false })

/** What clients may ask. */
export const createHandlers = (options: HandlersOptions): Handlers<typeof messages> => ({
  ...createVerbs(options),
  ...createLists(options),
})

type Verb = 'invite' | 'ring' | 'accept' | 'decline' | 'cancel' | 'hangup' | 'media' | 'resume' | 'signal' | 'ice'

const createVerbs = ({ machine, live, ice, now }: HandlersOptions): Pick<Handlers<typeof messages>, Verb> => {
  const joined = (call: Call, user: string) => {
    const party = find(call, user)?.party?.id
    return { ...state(call), ...(party !== undefined && { party }), ice: iceFor(user, ice, now()) }
  }
  return {
    invite: async ({ clientId, device, kind, media = mediaOf(kind), ringSeconds }, { connection, userId: user, to }) => {
      const ringMs = ringSeconds === undefined ? {} : { ringMs: ringSeconds * 1_000 }
      return joined(await machine.invite({ user, to, clientId, device, kind, media, ...ringMs }, connection), user)
    },
    ring: async ({ call, device }, { connection, userId: user }) =>
      state(await machine.do(call, { verb: 'ring', user, device }, connection)),
    accept: async ({ call, device, n, media = { audio: true, video: false, screen: false } }, { connection, userId: user }) =>
      joined(await machine.do(call, { verb: 'accept', user, device, n, media }, connection), user),
    decline: async ({ call, device, n, busy }, { connection, userId: user }) =>
      state(await machine.do(call, { verb: 'decline', user, device, n, busy }, connection)),
    cancel: async ({ call, device, n }, { connection, userId: user }) =>
      state(await machine.do(call, { verb: 'cancel', user, device, n }, connection)),
    hangup: async ({ call, device, n, reason }, { connection, userId: user }) =>
      state(await machine.do(call, { verb: 'hangup', user, device, n, reason }, connection)),
    media: async ({ call, device, n, media }, { connection, userId: user }) =>
      state(await machine.do(call, { verb: 'media', user, device, n, media }, connection)),
    resume: async ({ call, device }, { connection, userId: user }) =>
      joined(await machine.do(call, { verb: 'resume', user, device }, connection), user),
    signal: (signal, { connection }) => (live.relay(connection, signal) ? { waiting: true } : {}),
    ice: (_, { userId }) => iceFor(userId, ice, now()),
  }
}

const createLists = ({
  reports,
  calls,
  store,
}: HandlersOptions): Pick<Handlers<typeof messages>, 'report' | 'get' | 'current' | 'list'> => ({
  report: async (told, { userId }) => {
    await reports.tell(userId, told)
    return {}
  },
  get: async ({ call: id }, { userId }) => {
    const stored = await calls.find(store.read, id)
    if (!stored || !find(stored.call, userId)) throw errors.NO_SUCH_CALL()
    return { ...state(stored.call), reports: await reports.of(id) }
  },
  current: async (_, { userId }) => ({ calls: (await calls.openOf(store.read, [userId])).map(viewOf) }),
  list: async ({ before, limit }, { userId }) => {
    const found = await calls.page(store.read, userId, before, limit + 1)
    return { calls: found.slice(0, limit).map(viewOf), more: found.length > limit }
  },
})

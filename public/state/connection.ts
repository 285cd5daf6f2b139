// The line to the server: made when somebody signs in, ended when they sign out.
import { computed, effect, signal } from '@preact/signals'
import { type ClientState, type CloseInfo, createClient, type Welcome } from '../../src/client/index.ts'
import type { User } from '../api.ts'
import type { PageClient } from '../wire.ts'
import { accessToken, dropAccess, endSession } from './session.ts'
import { storage } from './storage.ts'

/** Where the line stands. */
export const line = signal<ClientState>({ kind: 'idle' })
/** The last welcome: kept while the line is down, so that the page does not fall apart. */
export const welcome = signal<Welcome | undefined>(undefined)
/** Whether messages get through now. */
export const isOnline = computed(() => line.value.kind === 'online')
/** Whether the browser itself says that it has no network. */
export const isNetworkDown = signal(false)
/** Whole seconds to the next try while waiting; 0 when it is due. */
export const secondsToRetry = signal(0)
/** The client of who is signed in; `undefined` on the welcome view. */
export const client = signal<PageClient | undefined>(undefined)

/** Whether a plugin is switched on; `undefined` before the first welcome. */
export const has = (plugin: string): boolean | undefined => welcome.value?.plugins.includes(plugin)

const revoked = 4509
const badToken = 4501

// A fresh token that is refused again and again would otherwise go round for ever.
const mostRefusals = 3
let refusals = 0

/** What the end of the line means for the session: another try with a fresh token, the welcome view, or a person's choice. */
const whenClosed = (ended: PageClient, reason: CloseInfo | undefined): void => {
  if (reason?.code === revoked) endSession('revoked')
  if (reason?.code !== badToken) return
  if (++refusals > mostRefusals) {
    endSession('expired')
    return
  }
  dropAccess()
  // Not from inside the client's own announcement.
  queueMicrotask(() => ended === client.peek() && ended.start())
}

const hear = (heard: PageClient, state: ClientState): void => {
  line.value = state
  if (state.kind === 'closed') whenClosed(heard, state.reason)
  if (state.kind !== 'online') return
  refusals = 0
  welcome.value = state.welcome
}

/** Connect as `user`. Returns how to end it. */
export const connect = (user: User): (() => void) => {
  const made: PageClient = createClient({ url: location.origin, token: accessToken, storage, user: user.id })
  const stopHearing = made.onState((state) => hear(made, state))
  client.value = made
  made.start()
  return () => {
    stopHearing()
    made.stop()
    client.value = undefined
    welcome.value = undefined
    line.value = { kind: 'idle' }
  }
}

const watchNetwork = (): void => {
  const look = (): void => {
    isNetworkDown.value = !navigator.onLine
  }
  addEventListener('online', look)
  addEventListener('offline', look)
  look()
}

/** Keep the countdown and the network state going, from now on. */
export const startConnection = (): void => {
  watchNetwork()
  effect(() => {
    const state = line.value
    if (state.kind !== 'waiting') return
    const tick = (): void => {
      secondsToRetry.value = Math.max(0, Math.ceil((state.retryAt - Date.now()) / 1000))
    }
    tick()
    const timer = setInterval(tick, 250)
    return () => clearInterval(timer)
  })
}

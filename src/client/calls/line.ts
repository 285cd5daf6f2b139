// The server as calls see it: state changes that are sent until they are answered, each with its number.
import type { EventFrame, ProtocolTypes, RequestOptions } from '../protocol.ts'
import type { Client, Undo } from '../types.ts'
import { isUncertain } from './failure.ts'
import type { CallInfo } from './types.ts'

/** What calls use of a client, whatever protocol its types know. */
export interface CallClient {
  readonly state: { readonly kind: string }
  request(type: string, data: object, options?: RequestOptions): Promise<unknown>
  on(type: string, listener: (frame: EventFrame) => void): Undo
  onState(listener: (state: { readonly kind: string }) => void): Undo
}

/** STUN and TURN servers, and until when their credentials are good. */
export interface Ice {
  readonly servers: RTCIceServer[]
  readonly until?: string
}

/** The ack of what changes a call. */
export interface Joined {
  readonly call: CallInfo
  readonly party?: number
  readonly ice?: Ice
}

const patienceMs = 30_000
const storageKey = 'parley.calls.device'

interface Device {
  readonly name: string
  readonly n: number
}

const newName = (): string => crypto.randomUUID().replaceAll('-', '')

/** One device's line to the server. */
export class CallLine {
  readonly client: CallClient
  readonly #storage: Pick<Storage, 'getItem' | 'setItem'> | undefined
  #device: Device

  constructor(client: Client<ProtocolTypes> | CallClient, storage: Pick<Storage, 'getItem' | 'setItem'> | undefined) {
    this.client = client as unknown as CallClient
    this.#storage = storage
    this.#device = this.#read() ?? { name: newName(), n: 0 }
    this.#write()
  }

  get device(): string {
    return this.#device.name
  }

  /**
   * Keep the name to ourselves: a tab that was duplicated has the same storage, and the two would take the call from each
   * other. Resolves at once where the browser has no locks.
   */
  async claim(): Promise<void> {
    const { locks } = navigator as { readonly locks?: LockManager }
    if (!locks) return
    while (!(await this.#lock(locks, this.#device.name))) {
      this.#device = { name: newName(), n: 0 }
      this.#write()
    }
  }

  /** Change a call: sent again with the same number until there is an answer, for half a minute. */
  change(verb: string, call: string, data: object = {}): Promise<Joined> {
    this.#device = { ...this.#device, n: this.#device.n + 1 }
    this.#write()
    const { name: device, n } = this.#device
    return this.persist(() => this.client.request(`calls.${verb}`, { call, device, n, ...data })) as Promise<Joined>
  }

  /** Ask until there is an answer, for half a minute. Only for what may be asked twice. */
  async persist<T>(ask: () => Promise<T>): Promise<T> {
    const untilMs = performance.now() + patienceMs
    for (;;) {
      try {
        return await ask()
      } catch (failure) {
        if (!isUncertain(failure) || !(await this.#online(untilMs - performance.now()))) throw failure
      }
    }
  }

  #online(withinMs: number): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    if (withinMs <= 0) return Promise.resolve(false)
    if (this.client.state.kind === 'online') return Promise.resolve(true)
    const timer = setTimeout(() => resolve(false), withinMs)
    const undo = this.client.onState(({ kind }) => void (kind === 'online' && resolve(true)))
    return promise.finally(() => {
      clearTimeout(timer)
      undo()
    })
  }

  #lock(locks: LockManager, name: string): Promise<boolean> {
    return new Promise((resolve) => {
      // Held for as long as the page lives.
      const hold = (lock: Lock | null): Promise<void> | undefined => {
        resolve(lock !== null)
        return lock ? new Promise(() => {}) : undefined
      }
      locks.request(`parley-device-${name}`, { ifAvailable: true }, hold).catch(() => resolve(true))
    })
  }

  // Storage may be switched off, full, or hold what somebody else put there: the name then lives as long as the page.
  #read(): Device | undefined {
    try {
      const { name, n } = JSON.parse(this.#storage?.getItem(storageKey) ?? '{}') as Partial<Device>
      return typeof name === 'string' && /^[A-Za-z0-9_-]{8,64}$/.test(name) && Number.isSafeInteger(n)
        ? { name, n: n as number }
        : undefined
    } catch {
      return undefined
    }
  }

  #write(): void {
    try {
      this.#storage?.setItem(storageKey, JSON.stringify(this.#device))
    } catch {
      // As above.
    }
  }
}

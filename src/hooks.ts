import type { Connection, Identity } from './connection.ts'
import type { AnyRequest, Capability, Credentials, Hooks, Publication } from './plugin.ts'

interface Registered {
  readonly id: string
  readonly prefix: string
  readonly hooks: Hooks
  readonly capabilities: ReadonlySet<Capability>
}

/** All plugins' hooks, in boot order; each sees its own traffic, or all with the capability. */
export class HookChain {
  readonly #all: Registered[] = []
  readonly #heartbeats: Registered[] = []
  /** How many hooks have seen a connection that not all of them have seen. */
  readonly #seenBy = new WeakMap<Connection, number>()
  #hasMessageHooks = false
  #hasPublishHooks = false

  add(plugin: string, hooks: Hooks, capabilities: readonly Capability[]): void {
    const added = { id: plugin, prefix: `${plugin}.`, hooks, capabilities: new Set(capabilities) }
    this.#all.push(added)
    if (hooks.onHeartbeat) this.#heartbeats.push(added)
    this.#hasMessageHooks ||= hooks.onMessage !== undefined
    this.#hasPublishHooks ||= hooks.beforePublish !== undefined
  }

  /** The first plugin that knows the credentials says who it is. A promise only if one that was asked needs one. */
  authenticate(credentials: Credentials, from = 0): Identity | undefined | Promise<Identity | undefined> {
    for (let at = from; at < this.#all.length; at++) {
      const answer = this.#all[at]?.hooks.authenticate?.(credentials)
      if (answer instanceof Promise) return answer.then((identity) => identity ?? this.authenticate(credentials, at + 1))
      if (answer) return answer
    }
    return undefined
  }

  /** One hook after another for as long as the connection is open; a promise only if one of them needs one. */
  connect(connection: Connection, from = 0): void | Promise<void> {
    for (let at = from; at < this.#all.length; at++) {
      if (!connection.isOpen) {
        this.#seenBy.set(connection, at)
        return
      }
      try {
        const done = this.#all[at]?.hooks.onConnect?.(connection)
        if (done instanceof Promise) return done.then(() => this.connect(connection, at + 1), this.#failed(connection, at))
      } catch (failure) {
        this.#failed(connection, at)(failure)
      }
    }
  }

  #failed(connection: Connection, at: number): (failure: unknown) => never {
    return (failure) => {
      this.#seenBy.set(connection, at + 1)
      throw failure
    }
  }

  /**
   * Every hook that saw the connection runs, one after another, even if one before it fails: `failed` is told.
   * A promise only if one of them needs one; it never rejects.
   */
  disconnect(connection: Connection, code: number, failed: (failure: unknown) => void, from = 0): void | Promise<void> {
    const count = this.#seenBy.get(connection) ?? this.#all.length
    for (let at = from; at < count; at++) {
      try {
        const done = this.#all[at]?.hooks.onDisconnect?.(connection, code)
        if (done instanceof Promise) return done.catch(failed).then(() => this.disconnect(connection, code, failed, at + 1))
      } catch (failure) {
        failed(failure)
      }
    }
  }

  /** What the plugins have to tell a connection with its heartbeat, by plugin; `undefined` if none has anything. */
  heartbeat(connection: Connection, sinceMs: number): Readonly<Record<string, object>> | undefined {
    let parts: Record<string, object> | undefined
    for (const { id, hooks } of this.#heartbeats) {
      const part = hooks.onHeartbeat?.(connection, sinceMs)
      if (part) parts = { ...parts, [id]: part }
    }
    return parts
  }

  /** `undefined` when no hook is interested: the ordinary case pays nothing. */
  message(request: AnyRequest): Promise<void> | undefined {
    if (!this.#hasMessageHooks) return undefined
    const interested = this.#all.filter(
      ({ prefix, hooks, capabilities }) => hooks.onMessage && (request.type.startsWith(prefix) || capabilities.has('all-messages')),
    )
    if (interested.length === 0) return undefined
    return (async () => {
      for (const { hooks } of interested) await hooks.onMessage?.(request)
    })()
  }

  publication(publication: Publication): Publication | null {
    if (!this.#hasPublishHooks) return publication
    let current: Publication | null = publication
    for (const { prefix, hooks, capabilities } of this.#all) {
      if (current === null || !hooks.beforePublish) continue
      if (current.type.startsWith(prefix) || capabilities.has('all-publications')) current = hooks.beforePublish(current)
    }
    return current
  }
}

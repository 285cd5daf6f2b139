// Turns manifests into a running set of plugins: check, order, migrate, set up, freeze; dispose in reverse.
import type { Hono } from 'hono'
import type { Ambient } from './ambient.ts'
import { Broker } from './broker.ts'
import { encodeEvent } from './codec.ts'
import type { Config } from './config.ts'
import type { Identity } from './connection.ts'
import type { Dialect } from './dialect.ts'
import type { Dispatcher } from './dispatch.ts'
import { AppError, core } from './errors.ts'
import { everyoneTopic, userTopic } from './gate.ts'
import type { HookChain } from './hooks.ts'
import type { Hub } from './hub.ts'
import type { Limits } from './limits.ts'
import type { Log } from './log.ts'
import { checkManifests, orderByServices } from './manifest.ts'
import type { Messages, Schema } from './message.ts'
import type { Peer } from './peer.ts'
import type { Peers } from './peers.ts'
import type { Addressing, Behaviour, Capability, Context, Inbound, Passwords, Plugin, PublishOptions, Transport } from './plugin.ts'
import type { Services } from './service.ts'
import type { Kit } from './store/columns.ts'
import type { Store } from './store/store.ts'
import { rfc3339 } from './time.ts'

/** What the kernel hands on to plugins. */
export interface KernelOptions {
  readonly config: Config
  readonly store: Store
  readonly kit: Kit
  readonly hub: Hub
  readonly hooks: HookChain
  readonly peers: Peers
  readonly dispatcher: Dispatcher
  readonly ambient: Ambient
  readonly log: Log
  readonly password: Passwords
  readonly production: boolean
  readonly restored: boolean
  readonly limits: Limits
  readonly identify: (request: globalThis.Request) => Promise<Identity>
  readonly attach: (transport: Transport, identity: Identity) => Promise<Inbound>
  /** A fresh app to mount below `/api/<id>`. */
  readonly mount: (id: string) => Hono
}

type AnyBehaviour = Behaviour<Messages, Services>
type AnyContext = Context<unknown, Record<string, Schema>, Services, unknown>

/** Milliseconds a plugin's `setup` and `dispose` may take. */
const setupMs = 10_000

/** Runs plugins. */
export class Kernel {
  readonly #options: KernelOptions
  readonly #running: { readonly plugin: Plugin; readonly behaviour: AnyBehaviour }[] = []
  readonly #services = new Map<string, unknown>()
  readonly #dialects = new Map<string, Dialect>()

  constructor(options: KernelOptions) {
    this.#options = options
  }

  /** The wire of a path, if it is one of a plugin's. */
  dialect(path: string): Dialect | undefined {
    return this.#dialects.get(path)
  }

  /** The broker that a plugin provides, or `undefined`. */
  get broker(): Broker | undefined {
    return this.#services.get(Broker.name) as Broker | undefined
  }

  /**
   * Check all manifests and settings before any of them runs, then migrate and set up one after another,
   * providers first. Throws what is wrong, with a code; plugins that were set up by then are disposed.
   */
  async start(plugins: readonly Plugin[]): Promise<void> {
    checkManifests(plugins)
    const ordered = orderByServices(plugins)
    const { config } = this.#options
    const settings = new Map(ordered.map((plugin) => [plugin.id, plugin.config ? config.plugin(plugin.id, plugin.config) : {}]))
    config.verify()
    try {
      for (const plugin of ordered) await this.#setUp(plugin, settings.get(plugin.id)).catch(naming(plugin))
    } catch (failure) {
      await this.stop()
      throw failure
    }
  }

  /** Dispose in reverse order. A failure is logged and does not keep the others from it. */
  async stop(): Promise<void> {
    for (const { plugin, behaviour } of this.#running.splice(0).reverse()) {
      try {
        await within(Promise.resolve(behaviour.dispose?.()), plugin.id, 'dispose')
      } catch (failure) {
        this.#options.log.error({ plugin: plugin.id, err: failure }, 'a plugin failed to dispose')
      }
    }
  }

  async #setUp(plugin: Plugin, settings: unknown): Promise<void> {
    const { store, hooks, mount } = this.#options
    if (plugin.migrations) await store.migrate(plugin.id, plugin.migrations)
    const behaviour = (await within(Promise.resolve(plugin.setup(this.#context(plugin, settings))), plugin.id, 'set up')) as AnyBehaviour
    this.#running.push({ plugin, behaviour })
    this.#addHandlers(plugin, behaviour)
    this.#addServices(plugin, behaviour)
    if (behaviour.hooks) hooks.add(plugin.id, checkedHooks(plugin, behaviour), plugin.capabilities ?? [])
    this.#addDialects(plugin, behaviour)
    behaviour.routes?.(mount(plugin.id))
  }

  #addHandlers(plugin: Plugin, behaviour: AnyBehaviour): void {
    for (const [verb, spec] of Object.entries((plugin.messages ?? {}) as Messages)) {
      const handle = behaviour.handlers?.[verb]
      if (typeof handle !== 'function') throw core.BAD_PLUGIN({ plugin: plugin.id, reason: `the message ${verb} has no handler` })
      this.#options.dispatcher.add(`${plugin.id}.${verb}`, spec, handle)
    }
  }

  #addServices(plugin: Plugin, behaviour: AnyBehaviour): void {
    for (const [name, token] of Object.entries((plugin.provides ?? {}) as Services)) {
      const value = (behaviour.services as Record<string, unknown> | undefined)?.[name]
      if (value === undefined) throw core.BAD_PLUGIN({ plugin: plugin.id, reason: `it does not give the service ${name} that it provides` })
      this.#services.set(token.name, value)
    }
  }

  #addDialects(plugin: Plugin, { dialects = [] }: AnyBehaviour): void {
    for (const dialect of dialects) {
      const { path } = dialect
      requireCapability(plugin, 'transport', `a wire on ${path}`)
      const isTaken = path === '/ws' || path.startsWith('/api/') || this.#dialects.has(path)
      if (isTaken || !path.startsWith('/'))
        throw core.BAD_PLUGIN({ plugin: plugin.id, reason: `the path ${path} is not free for its wire` })
      this.#dialects.set(path, dialect)
    }
  }

  #context(plugin: Plugin, settings: unknown): AnyContext {
    const { id } = plugin
    const { store, ambient, log, kit, peers, password, production, restored, limits, identify } = this.#options
    return {
      ...ambient,
      config: settings,
      use: Object.fromEntries(
        Object.entries((plugin.uses ?? {}) as Services).map(([name, token]) => [name, this.#services.get(token.name)]),
      ),
      tables: plugin.tables?.(kit),
      store,
      log: log.child({ plugin: id }),
      connections: peers,
      production,
      restored,
      limits: limits.isOn,
      take: (limit, key, cost) => limits.take(limit, key, cost),
      password,
      topic: (...parts) => [id, ...parts].join('/'),
      userTopic,
      everyoneTopic,
      publish: (topic, event, data, options) => {
        const deliver = (): void => this.#publish(topic, `${id}.${event}`, data, options)
        if (!store.afterCommit(deliver)) deliver()
      },
      send: (connection, event, data, options) => {
        const deliver = (): void => (connection as Peer).send(encodeEvent(`${id}.${event}`, data, this.#dated(options)))
        if (!store.afterCommit(deliver)) deliver()
      },
      identify,
      attach: (transport, identity) => {
        requireCapability(plugin, 'transport', 'attach')
        return this.#options.attach(transport, identity)
      },
    } as AnyContext
  }

  #publish(topic: string, type: string, data: unknown, options: PublishOptions | undefined): void {
    const { hub, hooks } = this.#options
    const publication = hooks.publication({ ...this.#dated(options), topic, type, data })
    if (!publication) return
    const frame = encodeEvent(publication.type, publication.data, this.#dated(publication))
    hub.publish(publication.topic, frame, options?.except as Peer)
  }

  #dated<O extends Addressing>(options: O | undefined): Addressing {
    return options?.time === undefined ? { ...options, time: rfc3339(this.#options.ambient.now()) } : options
  }
}

// Whoever reads why a start failed must learn which plugin it was.
const naming =
  ({ id }: Plugin) =>
  (failure: unknown): never => {
    if (failure instanceof AppError) throw failure
    throw core.BAD_PLUGIN({ plugin: id, reason: `it failed to set up: ${failure instanceof Error ? failure.message : failure}` }, failure)
  }

const requireCapability = (plugin: Plugin, capability: Capability, use: string): void => {
  if (!plugin.capabilities?.includes(capability)) throw core.MISSING_CAPABILITY({ plugin: plugin.id, use, capability })
}

const checkedHooks = (plugin: Plugin, { hooks = {} }: AnyBehaviour): NonNullable<AnyBehaviour['hooks']> => {
  if (hooks.authenticate) requireCapability(plugin, 'authenticate', 'the hook authenticate')
  return hooks
}

const within = async <T>(work: Promise<T>, plugin: string, what: string): Promise<T> => {
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(core.BAD_PLUGIN({ plugin, reason: `it took longer than ${setupMs / 1_000} s to ${what}` })),
    setupMs,
  )
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}

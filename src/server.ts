// One running server, assembled: store, kernel, HTTP and sockets; and its end, in order.
import { Hono } from 'hono'
import { Addresses, limitKey } from './address.ts'
import { type Ambient, ambient as realAmbient } from './ambient.ts'
import type { Assets } from './assets.ts'
import type { Config, CoreSettings, Setting } from './config.ts'
import type { Identity } from './connection.ts'
import { describeProtocol } from './describe.ts'
import { Dispatcher } from './dispatch.ts'
import { core } from './errors.ts'
import { frameLimit, Gate } from './gate.ts'
import { bearerOf, partsOf } from './handshake.ts'
import { HookChain } from './hooks.ts'
import { Http } from './http.ts'
import { Hub } from './hub.ts'
import { Kernel } from './kernel.ts'
import { coreLimits, type Limit } from './limit.ts'
import { Limits, rateProblems } from './limits.ts'
import { createLog, type Log } from './log.ts'
import { checkManifests, orderByServices } from './manifest.ts'
import { openFileLimit } from './open-files.ts'
import type { Peer } from './peer.ts'
import { Peers } from './peers.ts'
import type { Plugin } from './plugin.ts'
import { bodyLimit, type HttpEnv } from './route.ts'
import type { Listener, Runtime } from './runtime/runtime.ts'
import { Sockets } from './sockets.ts'
import { postgresKit, sqliteKit } from './store/columns.ts'
import { openStore } from './store/open.ts'
import type { Store } from './store/store.ts'
import { Sweeper } from './sweep.ts'
import { version } from './version.ts'

/** What a server is started from. */
export interface ServerOptions {
  readonly runtime: Runtime
  readonly config: Config
  readonly plugins: readonly Plugin[]
  readonly assets: Assets
  /** For tests: time and ids held still. */
  readonly ambient?: Ambient
  readonly log?: Log
  /** The database was put back to an earlier state since the last start. */
  readonly restored?: boolean | undefined
  /** The store can no longer promise anything: the process must end. */
  readonly onFatal: (failure: unknown) => void
}

/** A server that listens. */
export interface RunningServer {
  readonly port: number
  readonly settings: readonly Setting[]
  readonly log: Log
  /** A failure that nobody caught: answered by whoever caused it, if that can be told. True if it could. */
  blame(failure: unknown): boolean
  /** End in order: refuse, finish what was accepted, tell the clients to come back, dispose, close. Idempotent. */
  stop(): Promise<void>
}

// Longer than the store waits for anything (5 s), so that what waits there gets its answer too.
const drainMs = 6_000
const goodbyeMs = 2_000

/** Start a server. Rejects with the `AppError` that says why it cannot; nothing is left running then. */
export const startServer = async (options: ServerOptions): Promise<RunningServer> => {
  const settings = options.config.core()
  checkManifests(options.plugins)
  orderByServices(options.plugins)
  // All bad settings at once, plugins' too, and before a database is opened.
  for (const { id, config } of options.plugins) if (config) options.config.plugin(id, config)
  options.config.complain(rateProblems(settings.rates ?? [], options.plugins))
  options.config.verify()
  const log = options.log ?? createLog(settings.logLevel)
  const { runtime, onFatal, ambient: clock = realAmbient(settings.node) } = options
  const store = await openStore({ url: settings.databaseUrl, runtime, log, clock, onFatal })
  try {
    return await new Assembly({ ...options, ambient: clock }, settings, log, store).listen()
  } catch (failure) {
    await store.close()
    throw failure
  }
}

class Assembly {
  readonly #options: ServerOptions
  readonly #settings: CoreSettings
  readonly #log: Log
  readonly #store: Store
  readonly #ambient: Ambient
  readonly #hub = new Hub()
  readonly #hooks = new HookChain()
  readonly #peers = new Peers()
  readonly #dispatcher: Dispatcher
  readonly #gate: Gate
  readonly #http: Http
  readonly #addresses: Addresses
  readonly #limits: Limits
  readonly #sockets: Sockets
  readonly #kernel: Kernel
  readonly #apps = new Map<string, Hono>()
  #listener: Listener | undefined
  #timer: ReturnType<typeof setInterval> | undefined
  #stopping: Promise<void> | undefined

  constructor(options: ServerOptions & { readonly ambient: Ambient }, settings: CoreSettings, log: Log, store: Store) {
    this.#options = options
    this.#settings = settings
    this.#log = log
    this.#store = store
    this.#ambient = options.ambient
    const { production, origins, rates, limits: isOn } = settings
    const limits = new Limits({ isOn, rates, log, ambient: this.#ambient, plugins: options.plugins })
    this.#limits = limits
    const shared = { hub: this.#hub, hooks: this.#hooks, peers: this.#peers, ambient: this.#ambient, log, limits }
    const plugins = options.plugins.map(({ id }) => id)
    this.#dispatcher = new Dispatcher(shared)
    this.#gate = new Gate({ ...shared, caps: settings, dispatcher: this.#dispatcher, version, plugins })
    this.#addresses = new Addresses(settings.trustedProxies)
    const isStopping = (): boolean => this.#stopping !== undefined
    const { hasTopics } = options.runtime
    const sockets = { addresses: this.#addresses, gate: this.#gate, origins, hasTopics, isStopping }
    this.#sockets = new Sockets({ ...shared, ...sockets, maxConnections: roomFor(settings.maxConnections) })
    this.#http = this.#newHttp(plugins)
    this.#kernel = new Kernel({
      ...shared,
      config: options.config,
      store,
      kit: store.dialect === 'sqlite' ? sqliteKit : postgresKit,
      dispatcher: this.#dispatcher,
      password: { hash: options.runtime.hashPassword, verify: options.runtime.verifyPassword },
      production,
      restored: options.restored ?? false,
      identify: (request) => this.#identify(request, ''),
      attach: (transport, identity) => this.#sockets.attach(transport, identity),
      mount: (id) => this.#mount(id),
    })
  }

  async listen(): Promise<RunningServer> {
    await this.#kernel.start(this.#options.plugins)
    for (const [id, app] of this.#apps) this.#http.mount(id, app)
    try {
      this.#listener = await this.#open()
      await this.#hub.start((topic, frame) => this.#listener?.publish(topic, frame), this.#kernel.broker)
    } catch (failure) {
      await this.#kernel.stop()
      throw failure
    }
    const sweeper = new Sweeper(this.#peers, this.#ambient, (peer, sinceMs) => this.#digest(peer, sinceMs))
    this.#timer = setInterval(() => sweeper.sweep(), 1_000)
    return {
      port: this.#listener.port,
      settings: this.#options.config.settings,
      log: this.#log,
      blame: (failure) => this.#dispatcher.blame(failure),
      stop: () => {
        this.#stopping ??= this.#stop()
        return this.#stopping
      },
    }
  }

  // A hook that fails costs the digest of one heartbeat, and never the sweep.
  #digest(peer: Peer, sinceMs: number): Readonly<Record<string, object>> | undefined {
    try {
      return this.#hooks.heartbeat(peer, sinceMs)
    } catch (failure) {
      this.#log.error({ err: failure, connection: peer.id }, 'an onHeartbeat hook failed')
      return undefined
    }
  }

  async #open(): Promise<Listener> {
    const { host, port } = this.#settings
    const sockets = this.#sockets
    try {
      return await this.#options.runtime.listen<Peer>({
        host,
        port,
        maxFrameBytes: frameLimit,
        // Bun answers a larger one by itself, without a body; routes refuse theirs earlier, with one.
        maxBodyBytes: 4 * bodyLimit,
        maxBufferBytes: 1_048_576,
        fetch: (request, peerIp, upgrade) => {
          const { path, query } = partsOf(request.url)
          const dialect = path === '/ws' ? undefined : this.#kernel.dialect(path)
          if (path !== '/ws' && !dialect) return this.#http.fetch(request, this.#env(request, peerIp))
          try {
            const response = sockets.upgrade({ request, query, peerIp, upgrade, dialect })
            return response instanceof Promise ? response.catch((failure: unknown) => this.#http.refuse(failure, path)) : response
          } catch (failure) {
            return this.#http.refuse(failure, path)
          }
        },
        open: (socket) => sockets.open(socket),
        message: (socket, frame) => sockets.message(socket, frame),
        close: (socket, code) => sockets.close(socket, code),
        ping: (socket) => sockets.ping(socket),
        pong: (socket) => sockets.pong(socket),
      })
    } catch (failure) {
      const { code, message } = failure as NodeJS.ErrnoException
      throw core.CANNOT_LISTEN({ host, port, reason: code === 'EADDRINUSE' ? 'the port is in use; set PORT to another' : message }, failure)
    }
  }

  #newHttp(plugins: readonly string[]): Http {
    const { production, origins } = this.#settings
    let documents: ReadonlyMap<string, object> | undefined
    return new Http({
      assets: this.#options.assets,
      production,
      origins,
      notReady: () => this.#notReady(),
      about: () => ({ server: { name: 'parley', version }, protocol: 1, plugins }),
      documents: () => {
        documents ??= describeProtocol(this.#options.plugins, this.#apps, version)
        return documents
      },
      conceal: (failure, fields) => this.#dispatcher.conceal(failure, fields),
      requestId: () => this.#ambient.id('R'),
    })
  }

  #mount(id: string): Hono {
    const app = new Hono()
    this.#apps.set(id, app)
    return app
  }

  #env(request: Request, peerIp: string): HttpEnv {
    const ip = this.#addresses.of(peerIp, request.headers)
    return {
      ip,
      identify: (from) => this.#identifyCounted(from, ip),
      spend: (limit, identity, cost) => this.#spend(limit, identity, ip, cost),
    }
  }

  #spend(limit: Limit | undefined, identity: Identity | undefined, ip: string, cost: number | undefined): void {
    const sender = { meter: undefined, userId: identity?.userId ?? '', ip: limitKey(ip) }
    const general = identity ? coreLimits.requests : coreLimits.anonymousRequests
    const retryAfterMs = this.#limits.takeFrom(limit ?? general, sender, cost)
    if (retryAfterMs > 0) throw core.RATE_LIMITED().with({ retryAfterMs })
  }

  // Whoever tries tokens is a stranger until one fits.
  async #identifyCounted(request: Request, ip: string): Promise<Identity> {
    try {
      return await this.#identify(request, ip)
    } catch (failure) {
      this.#spend(undefined, undefined, ip, 1)
      throw failure
    }
  }

  async #identify(request: Request, ip: string): Promise<Identity> {
    const token = bearerOf(request.headers)
    if (token === undefined) throw core.AUTH_REQUIRED()
    return this.#gate.identify({ token, ip })
  }

  async #notReady(): Promise<string | undefined> {
    if (this.#stopping !== undefined) return 'the server is stopping'
    return (await this.#store.ping(2_000)) ? undefined : 'the database does not answer'
  }

  // What happens on SIGTERM, in order.
  async #stop(): Promise<void> {
    this.#log.info({ connections: this.#peers.count }, 'stopping')
    clearInterval(this.#timer)
    await Promise.all([this.#dispatcher.drain(drainMs), this.#http.drain(drainMs)])
    await this.#sendAway()
    await this.#gate.drain(goodbyeMs)
    await this.#kernel.stop()
    this.#hub.close()
    await this.#store.close()
    // Answers that were made a moment ago leave first.
    await new Promise((resolve) => setImmediate(resolve))
    await this.#listener?.stop()
    this.#log.info({}, 'stopped')
  }

  // Each client gets its own time to come back, so that they do not all come at once.
  async #sendAway(): Promise<void> {
    for (const peer of this.#peers.all) peer.close(1012, JSON.stringify({ retryAfterMs: Math.floor(Math.random() * 10_000) }))
    const deadline = performance.now() + goodbyeMs
    while (this.#peers.all.size > 0 && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

// The database, the listener and answers to HTTP need files too.
const reservedFiles = 64

const roomFor = (wanted: number): number =>
  Math.min(wanted || Number.POSITIVE_INFINITY, Math.max(1, (openFileLimit() ?? Number.POSITIVE_INFINITY) - reservedFiles))

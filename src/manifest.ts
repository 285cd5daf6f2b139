// What can be said about a set of plugins without running any of them.
import { Broker } from './broker.ts'
import { core } from './errors.ts'
import type { Limit, LimitTable } from './limit.ts'
import type { Messages } from './message.ts'
import type { Capability, Plugin } from './plugin.ts'
import type { Services } from './service.ts'

const capabilities: ReadonlySet<string> = new Set<Capability>(['authenticate', 'transport', 'all-messages', 'all-publications', 'broker'])
const idPattern = /^[a-z][a-z0-9-]{0,31}$/
const reserved: ReadonlySet<string> = new Set(['core', 'ack', 'error'])

const tokens = (services: unknown): Services[string][] => Object.values((services ?? {}) as Services)

/** Throws a code for the first thing that cannot be: bad or doubled ids and services, unmet needs, unknown capabilities. */
export const checkManifests = (plugins: readonly Plugin[]): void => {
  const ids = new Set<string>()
  for (const plugin of plugins) {
    checkOne(plugin)
    if (ids.has(plugin.id)) throw core.DUPLICATE_PLUGIN({ plugin: plugin.id })
    ids.add(plugin.id)
  }
  const providers = providersOf(plugins)
  for (const plugin of plugins) {
    for (const { name, optional } of tokens(plugin.uses)) {
      if (!optional && !providers.has(name)) throw core.MISSING_SERVICE({ plugin: plugin.id, service: name })
    }
  }
}

const checkOne = (plugin: Plugin): void => {
  // A file from outside may export anything.
  const { id } = typeof plugin === 'object' && plugin !== null ? plugin : { id: undefined }
  if (typeof id !== 'string' || !idPattern.test(id) || reserved.has(id)) {
    throw core.BAD_PLUGIN({
      plugin: String(id).slice(0, 64),
      reason: 'its id must be lower-case letters, digits and hyphens, and not core, ack or error',
    })
  }
  if (typeof plugin.setup !== 'function') throw core.BAD_PLUGIN({ plugin: id, reason: 'it has no setup function' })
  for (const capability of plugin.capabilities ?? []) {
    if (!capabilities.has(capability)) throw core.UNKNOWN_CAPABILITY({ plugin: id, capability })
  }
  checkLimits(plugin)
  const isBroker = tokens(plugin.provides).some(({ name }) => name === Broker.name)
  if (isBroker && !plugin.capabilities?.includes('broker')) {
    throw core.MISSING_CAPABILITY({ plugin: id, use: `the service ${Broker.name}`, capability: 'broker' })
  }
}

const checkLimits = ({ id, limits, messages }: Plugin): void => {
  const own = new Set(Object.values((limits ?? {}) as LimitTable))
  for (const [verb, spec] of Object.entries((messages ?? {}) as Messages)) {
    const reason = spec.limit && limitProblem(spec.limit, own)
    if (reason !== undefined) throw core.BAD_PLUGIN({ plugin: id, reason: `the message ${verb} has a limit that ${reason}` })
  }
}

const limitProblem = (limit: Limit, own: ReadonlySet<Limit>): string | undefined => {
  if (!own.has(limit)) return 'is not among its limits'
  return limit.by === 'key' ? 'counts by a key: only a handler knows it' : undefined
}

const providersOf = (plugins: readonly Plugin[]): ReadonlyMap<string, Plugin> => {
  const providers = new Map<string, Plugin>()
  for (const plugin of plugins) {
    for (const { name } of tokens(plugin.provides)) {
      const first = providers.get(name)
      if (first) throw core.DUPLICATE_SERVICE({ service: name, first: first.id, second: plugin.id })
      providers.set(name, plugin)
    }
  }
  return providers
}

/** Providers before their users, otherwise in the given order. Throws `CORE_CYCLIC_SERVICES`. */
export const orderByServices = (plugins: readonly Plugin[]): readonly Plugin[] => {
  const providers = providersOf(plugins)
  const done = new Set<Plugin>()
  const visit = (plugin: Plugin, path: readonly Plugin[]): void => {
    if (done.has(plugin)) return
    if (path.includes(plugin)) {
      throw core.CYCLIC_SERVICES({ plugins: [...path.slice(path.indexOf(plugin)), plugin].map(({ id }) => id).join(' → ') })
    }
    for (const { name } of tokens(plugin.uses)) {
      const provider = providers.get(name)
      if (provider) visit(provider, [...path, plugin])
    }
    done.add(plugin)
  }
  for (const plugin of plugins) visit(plugin, [])
  return [...done]
}

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Capability, definePlugin, defineService, maybe, type Plugin, type Service } from '#core'
import { checkManifests, orderByServices } from '../../src/manifest.ts'
import { startTestServer } from '../support/server.ts'

const service = (name: string): Service<unknown> => defineService<unknown>(name)
/** A plugin that needs and provides services by name; a need with `?` is one that may be missing. */
const plugin = (id: string, uses: readonly string[] = [], provides: readonly string[] = []): Plugin => ({
  id,
  uses: Object.fromEntries(uses.map((name) => [name, name.endsWith('?') ? maybe(service(name.slice(0, -1))) : service(name)])),
  provides: Object.fromEntries(provides.map((name) => [name, service(name)])),
  setup: () => ({}) as never,
})
const codeOf = (check: () => unknown): string | undefined => {
  try {
    check()
    return undefined
  } catch (failure) {
    return (failure as { code: string }).code
  }
}

describe('a set of manifests', () => {
  test('that fits together is accepted', () => {
    expect(codeOf(() => checkManifests([plugin('a', ['x', 'y?'], []), plugin('b', [], ['x'])]))).toBeUndefined()
    expect(codeOf(() => checkManifests([]))).toBeUndefined()
  })

  test.each([
    ['CORE_DUPLICATE_PLUGIN', [plugin('a'), plugin('b'), plugin('a')]],
    ['CORE_DUPLICATE_SERVICE', [plugin('a', [], ['x']), plugin('b', [], ['x'])]],
    ['CORE_MISSING_SERVICE', [plugin('a', ['x'])]],
    ['CORE_UNKNOWN_CAPABILITY', [{ ...plugin('a'), capabilities: ['sudo' as Capability] }]],
    ['CORE_MISSING_CAPABILITY', [plugin('a', [], ['core.broker'])]],
    ['CORE_BAD_PLUGIN', [{ ...plugin('a'), setup: undefined as never }]],
    ['CORE_BAD_PLUGIN', [undefined as never]],
    ['CORE_BAD_PLUGIN', ['a' as never]],
  ])('is refused with %s', (code, plugins) => {
    expect(codeOf(() => checkManifests(plugins))).toBe(code)
  })

  test.each(['', 'A', '1a', 'a_b', 'a.b', 'a/b', 'a b', '__proto__', 'core', 'ack', 'error', 'x'.repeat(33), 'ä'])(
    'whose id is %j is refused',
    (id) => {
      expect(codeOf(() => checkManifests([plugin(id)]))).toBe('CORE_BAD_PLUGIN')
    },
  )

  test.each(['a', 'my-plugin', 'x9', 'constructor', 'x'.repeat(32)])('whose id is %j is accepted', (id) => {
    expect(codeOf(() => checkManifests([plugin(id)]))).toBeUndefined()
  })
})

describe('the order of setting up', () => {
  /** Plugins 0…n−1, each needing some of those with smaller numbers, then shuffled. */
  const acyclic = fc.integer({ min: 1, max: 8 }).chain((n) =>
    fc.tuple(...Array.from({ length: n }, (_, i) => fc.subarray(Array.from({ length: i }, (__, j) => j)))).chain((needs) =>
      fc
        .shuffledSubarray(
          Array.from({ length: n }, (_, i) => i),
          { minLength: n },
        )
        .map((order) =>
          order.map((i) =>
            plugin(
              `p${i}`,
              (needs[i] ?? []).map((j) => (j % 3 ? `s${j}` : `s${j}?`)),
              [`s${i}`],
            ),
          ),
        ),
    ),
  )

  test('has every provider before its users, and everybody once', () => {
    fc.assert(
      fc.property(acyclic, (plugins) => {
        const ordered = orderByServices(plugins)
        expect(ordered.toSorted((a, b) => a.id.localeCompare(b.id))).toEqual(plugins.toSorted((a, b) => a.id.localeCompare(b.id)))
        ordered.forEach(({ uses }, at) => {
          for (const { name } of Object.values(uses as Record<string, Service<unknown>>)) {
            expect(ordered.findIndex(({ id }) => id === name.replace('s', 'p'))).toBeLessThan(at)
          }
        })
      }),
    )
  })

  test('is the given one where nobody needs anybody', () => {
    const plugins = ['c', 'a', 'b'].map((id) => plugin(id))
    expect(orderByServices(plugins)).toEqual(plugins)
  })

  test('cannot be where there is a circle, of any length, also through needs that may be missing', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.boolean(), (n, isOptional) => {
        const circle = Array.from({ length: n }, (_, i) => plugin(`p${i}`, [`s${(i + 1) % n}${isOptional ? '?' : ''}`], [`s${i}`]))
        expect(codeOf(() => orderByServices([plugin('innocent'), ...circle]))).toBe('CORE_CYCLIC_SERVICES')
      }),
    )
  })
})

describe('a started set of plugins', () => {
  interface Greeter {
    greet(name: string): string
  }
  const Greeter = defineService<Greeter>('greeter')

  test('gets services from providers that stand behind it, and undefined for one that is off', async () => {
    const got: unknown[] = []
    const user = definePlugin({
      id: 'user',
      uses: { greeter: Greeter, missing: maybe(defineService<Greeter>('nobodys')) },
      setup: ({ use }) => {
        got.push(use.greeter.greet('Ann'), use.missing)
        return {}
      },
    })
    const provider = definePlugin({
      id: 'provider',
      provides: { greeter: Greeter },
      setup: () => ({ services: { greeter: { greet: (name) => `Hello ${name}` } } }),
    })
    await using _server = await startTestServer([user, provider])
    expect(got).toEqual(['Hello Ann', undefined])
  })

  test('is disposed in reverse of the order of setting up, once', async () => {
    const seen: string[] = []
    const life = (id: string, uses: readonly string[], provides: readonly string[]): Plugin => ({
      ...plugin(id, uses, provides),
      setup: () => {
        seen.push(`+${id}`)
        return { services: Object.fromEntries(provides.map((name) => [name, name])), dispose: () => void seen.push(`-${id}`) } as never
      },
    })
    const server = await startTestServer([life('roof', ['walls'], []), life('walls', ['floor'], ['walls']), life('floor', [], ['floor'])])
    await server.server.stop()
    await server.stop()
    expect(seen).toEqual(['+floor', '+walls', '+roof', '-roof', '-walls', '-floor'])
  })
})

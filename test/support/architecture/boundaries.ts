// Rules 1 to 3: who may import whom across src/ and plugins/.
import { isCallExpression, isIdentifier, isObjectLiteralExpression, isPropertyAssignment, type Node } from 'typescript/unstable/ast'
import type { Import } from './import.ts'
import { isTest, type Rule, type Source, walk } from './source.ts'

const pluginOf = (path: string | undefined): string | undefined => /^plugins\/([^/]+)\//.exec(path ?? '')?.[1]

/** `complain` about every import of every source that `wrong` names. */
const imports = (sources: readonly Source[], wrong: (source: Source, found: Import) => string | undefined): string[] =>
  sources.flatMap((source) =>
    source.imports.flatMap((found) => {
      const reason = wrong(source, found)
      return reason ? [`${source.path}:${found.line} imports ${found.specifier}: ${reason}`] : []
    }),
  )

/** Rule 1. Everything but the composition root and the plugins themselves knows plugins only as an argument. */
export const coreKnowsNoPlugin: Rule = (sources) =>
  imports(sources, (source, { target }) => {
    if (!target?.startsWith('plugins/') || source.path === 'src/main.ts' || source.path.startsWith('plugins/')) return undefined
    if (source.path.startsWith('src/')) return 'the core names no plugin, only src/main.ts does'
    // The catalogue is always there; a plugin's folder can be deleted.
    return target === 'plugins/index.ts' ? undefined : 'only the catalogue plugins/index.ts, so that every plugin can be deleted'
  })

const allowedInPluginTests = /^(src\/client\/|test\/support\/)/

/** Rule 2. A plugin imports `#core`, its own folder, and packages. (Its tests may also use the client and test/support.) */
export const pluginsImportCore: Rule = (sources) =>
  imports(sources, (source, { specifier, target }) => {
    const plugin = pluginOf(source.path)
    if (!plugin || !target || specifier === '#core' || target.startsWith('plugins/')) return undefined
    if (isTest(source.path) && allowedInPluginTests.test(target)) return undefined
    return 'a plugin reaches the core only through #core'
  })

/** The object under `uses:` in a plugin's manifest. */
const usesOf = (source: Source): Node | undefined => {
  for (const node of walk(source.ast)) {
    if (!isCallExpression(node) || !isIdentifier(node.expression) || node.expression.text !== 'definePlugin') continue
    const manifest = node.arguments[0]
    if (!manifest || !isObjectLiteralExpression(manifest)) continue
    for (const property of manifest.properties)
      if (isPropertyAssignment(property) && isIdentifier(property.name) && property.name.text === 'uses') return property.initializer
  }
  return undefined
}

/** Every name that a plugin's manifest mentions under `uses`. */
const namesUsed = (sources: readonly Source[], plugin: string): ReadonlySet<string> => {
  const own = sources.filter(({ path }) => pluginOf(path) === plugin)
  const nodes = own.map(usesOf).flatMap((uses) => (uses ? [...walk(uses)] : []))
  return new Set(nodes.filter(isIdentifier).map(({ text }) => text))
}

/** The tokens that a service file declares. */
const tokensIn = (source: Source | undefined): readonly string[] =>
  [...(source?.text.matchAll(/export const (\w+)\s*(?::[^=]+)?=\s*defineService\b/g) ?? [])].map((match) => match[1] as string)

/** Rule 3. Of another plugin only its service.ts, and only with the token in `uses`; the catalogue imports every manifest. */
export const pluginsShareServices: Rule = (sources) => {
  const byPath = new Map(sources.map((source) => [source.path, source]))
  return imports(sources, (source, { target, values }) => {
    const [plugin, other] = [pluginOf(source.path), pluginOf(target)]
    if (!plugin || !other || plugin === other || !target) return undefined
    const tokens = tokensIn(byPath.get(`plugins/${other}/service.ts`))
    const used = namesUsed(sources, plugin)
    if (!tokens.some((token) => used.has(token))) return `none of the tokens of ${other} is in the manifest's uses`
    if (isTest(source.path)) return undefined
    if (target !== `plugins/${other}/service.ts`) return `of another plugin only its service.ts`
    const missing = values.find((name) => tokens.includes(name) && !used.has(name))
    return missing ? `${missing} is not in the manifest's uses` : undefined
  })
}

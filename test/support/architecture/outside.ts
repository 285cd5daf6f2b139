// Rules 5 and 6: the runtime is named in one folder, and each driver in one file.
import { isIdentifier, isStringLiteral, type Node } from 'typescript/unstable/ast'
import { isTest, place, type Rule, type Source, walk } from './source.ts'

const isShipped = ({ path }: Source): boolean => /^(src|plugins|public)\//.test(path) && !isTest(path)

const runtimes = ['Bun', 'Deno']

const runtimeNamed = (node: Node): string | undefined => {
  if (isIdentifier(node) && runtimes.includes(node.text)) return node.text
  return isStringLiteral(node) && /^bun(:|$)/.test(node.text) ? node.text : undefined
}

/** A plugin's adapter says so in its first line, and answers for both runtimes. */
const isAdapter = ({ path, text }: Source): boolean =>
  path.startsWith('plugins/') && /^\/\/ Runtime adapter/.test(text) && runtimes.every((name) => text.includes(name))

const pluginFolder = (path: string): string => path.split('/').slice(0, 2).join('/')

/** Rule 5. `Bun`, `Deno` and `bun:` appear in src/runtime/ only, and in at most one marked adapter per plugin. */
export const runtimesInOneFolder: Rule = (sources) => {
  const shipped = sources.filter(isShipped)
  const named = shipped
    .filter((source) => !source.path.startsWith('src/runtime/') && !isAdapter(source))
    .flatMap((source) =>
      [...walk(source.ast)]
        .map((node) => [runtimeNamed(node), node] as const)
        .map(([name, node]) => (name ? `${place(source, node)} names ${name}` : '')),
    )
  const adapters = shipped.filter(isAdapter).map(({ path }) => path)
  const second = adapters.filter((path, index) => adapters.findIndex((other) => pluginFolder(other) === pluginFolder(path)) < index)
  return [...named.filter(Boolean), ...second.map((path) => `${path} is a second runtime adapter of its plugin`)]
}

/** Libraries that are a way of writing, not a door to something outside: any file may use them. */
const vocabulary = /^(hono|valibot|preact|preact\/hooks|@preact\/signals|drizzle-orm|drizzle-orm\/(pg|sqlite)-core)$/
const isBuiltin = (specifier: string): boolean => specifier.startsWith('node:') && specifier !== 'node:sqlite'

/** Rule 6. Everything else from outside is a driver, and imported in one file: there it can be replaced. */
export const driversInOneFile: Rule = (sources) => {
  const importers = new Map<string, Set<string>>()
  for (const source of sources.filter(isShipped))
    for (const { specifier, target } of source.imports) {
      if (target || vocabulary.test(specifier) || isBuiltin(specifier)) continue
      importers.set(specifier, (importers.get(specifier) ?? new Set()).add(source.path))
    }
  return [...importers]
    .filter(([, files]) => files.size > 1)
    .map(([specifier, files]) => `${specifier} is imported by ${files.size} files: ${[...files].join(', ')}`)
}

// `any` lives in the generic plumbing only, and there is no more of it than was agreed; exported names are documented.
import { isExportSpecifier, type Node, SyntaxKind } from 'typescript/unstable/ast'
import { isTest, place, type Rule, type Source, walk } from './source.ts'

const anysOf = ({ ast }: Source): Node[] => [...walk(ast)].filter((node) => node.kind === SyntaxKind.AnyKeyword)

/** `budget` names the plumbing files and how many `any` each may hold. */
export const anyWithin =
  (budget: Readonly<Record<string, number>>): Rule =>
  (sources) =>
    sources.flatMap((source) => {
      const anys = anysOf(source)
      const allowed = budget[source.path] ?? 0
      if (anys.length <= allowed) return []
      const where = place(source, anys.at(-1) ?? source.ast)
      return [`${where}: ${anys.length} × any, ${allowed} agreed`]
    })

const declares: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.VariableStatement,
  SyntaxKind.FunctionDeclaration,
  SyntaxKind.ClassDeclaration,
  SyntaxKind.InterfaceDeclaration,
  SyntaxKind.TypeAliasDeclaration,
])

const headOf = (source: Source, statement: Node): string =>
  source.text.slice(statement.getStart(source.ast), statement.getStart(source.ast) + 200)

/** Exported declarations of a file by name, with the node that a docstring stands before. */
const exportsOf = (source: Source): [string, Node][] =>
  source.ast.statements
    .filter((statement) => declares.has(statement.kind))
    .flatMap((statement): [string, Node][] => {
      const name = /^export (?:declare )?(?:abstract )?(?:const|async function|function|class|interface|type) (\w+)/.exec(
        headOf(source, statement),
      )?.[1]
      return name ? [[name, statement]] : []
    })

const isDocumented = (source: Source, node: Node): boolean => source.text.slice(node.pos, node.getStart(source.ast)).includes('/**')

const namesFrom = (index: Source): Map<string, Set<string>> => {
  const names = new Map<string, Set<string>>()
  for (const node of walk(index.ast)) {
    if (!isExportSpecifier(node)) continue
    const line = index.ast.getLineAndCharacterOfPosition(node.parent.parent.getEnd()).line + 1
    const target = index.imports.find((found) => found.line === line)?.target
    if (target) names.set(target, (names.get(target) ?? new Set()).add((node.propertyName ?? node.name).text))
  }
  return names
}

/** Every name that a plugin or an app may use has a docstring: #core, the client, each service.ts. */
export const publicNamesAreDocumented: Rule = (sources) => {
  const index = sources.find(({ path }) => path === 'src/index.ts')
  const shared = index ? namesFrom(index) : new Map<string, Set<string>>()
  return sources
    .filter(({ path }) => !isTest(path))
    .flatMap((source) => {
      const whole = /^(src\/client\/|plugins\/[^/]+\/service\.ts$)/.test(source.path)
      const names = exportsOf(source).filter(([name]) => whole || shared.get(source.path)?.has(name))
      return names
        .filter(([, node]) => !isDocumented(source, node))
        .map(([name, node]) => `${place(source, node)} ${name} has no docstring`)
    })
}

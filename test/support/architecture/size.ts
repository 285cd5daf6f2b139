// CONVENTIONS.md, "Size": files, functions, parameters, nesting.
import {
  type FunctionLikeDeclaration,
  isFunctionLikeDeclaration,
  isIdentifier,
  isIfStatement,
  isVariableDeclaration,
  type Node,
  SyntaxKind,
} from 'typescript/unstable/ast'
import { calleeOf, isTest, place, type Rule, type Source, walk } from './source.ts'

/** Past these the architecture test fails. Lines are those of a function from its first to its last token. */
export const stop = { fileLines: 400, functionLines: 80, parameters: 4, nesting: 3 }
/** Nine of ten functions are shorter than this. */
export const usualLines = 45

/** One function with a body. */
export interface Measured {
  readonly place: string
  readonly name: string
  readonly lines: number
  readonly parameters: number
  readonly nesting: number
}

const nests: ReadonlySet<SyntaxKind> = new Set([
  SyntaxKind.IfStatement,
  SyntaxKind.ForStatement,
  SyntaxKind.ForInStatement,
  SyntaxKind.ForOfStatement,
  SyntaxKind.WhileStatement,
  SyntaxKind.DoStatement,
  SyntaxKind.SwitchStatement,
  SyntaxKind.TryStatement,
])

const isElseIf = (node: Node): boolean => isIfStatement(node) && isIfStatement(node.parent) && node.parent.elseStatement === node

/** How deep control flow is nested in one function; a function inside begins anew. */
const nestingOf = (node: Node): number => {
  let deepest = 0
  node.forEachChild((child) => {
    if (isFunctionLikeDeclaration(child)) return
    const own = nests.has(child.kind) && !isElseIf(child) ? 1 : 0
    deepest = Math.max(deepest, own + nestingOf(child))
  })
  return deepest
}

const nameOf = (node: FunctionLikeDeclaration): string => {
  const own = 'name' in node ? (node.name as Node | undefined) : undefined
  const named = own ?? (isVariableDeclaration(node.parent) ? node.parent.name : undefined)
  return named && isIdentifier(named) ? named.text : '(anonymous)'
}

/** A function that registers tests is a list, not something that somebody has to follow. */
const isSuite = (source: Source, node: Node): boolean =>
  isTest(source.path) && [...walk(node)].some((inner) => /^(test|it|describe)(\.\w+)?$/.test(calleeOf(source, inner)))

const linesOf = ({ ast }: Source, node: Node): number =>
  ast.getLineAndCharacterOfPosition(node.getEnd()).line - ast.getLineAndCharacterOfPosition(node.getStart(ast)).line + 1

/** Every function of a file. */
export const functionsOf = (source: Source): Measured[] =>
  [...walk(source.ast)]
    .filter((node) => isFunctionLikeDeclaration(node) && !isSuite(source, node))
    .map((node) => node as FunctionLikeDeclaration)
    .map((node) => ({
      place: place(source, node),
      name: nameOf(node),
      lines: linesOf(source, node),
      parameters: node.parameters.length,
      nesting: nestingOf(node),
    }))

/** Lines of a file, without the empty one after the last line feed. */
export const fileLines = ({ text }: Source): number => text.trimEnd().split('\n').length

export const filesEnd: Rule = (sources) =>
  sources
    .filter((source) => fileLines(source) > stop.fileLines)
    .map((source) => `${source.path} has ${fileLines(source)} lines; stop at ${stop.fileLines}`)

const over =
  (what: 'lines' | 'parameters' | 'nesting', limit: number): Rule =>
  (sources) =>
    sources
      .flatMap(functionsOf)
      .filter((found) => found[what] > limit)
      .map((found) => `${found.place} ${found.name}: ${what} ${found[what]}, stop at ${limit}`)

export const functionsEnd = over('lines', stop.functionLines)
export const fewParameters = over('parameters', stop.parameters)
export const shallow = over('nesting', stop.nesting)

/** Nine of ten functions stay short. */
export const mostlyShort: Rule = (sources) => {
  const all = sources.filter(({ path }) => !isTest(path)).flatMap(functionsOf)
  const long = all.filter(({ lines }) => lines > usualLines)
  return long.length * 10 > all.length ? [`${long.length} of ${all.length} functions are longer than ${usualLines} lines`] : []
}

import { posix } from 'node:path'
import {
  type ImportDeclaration,
  isCallExpression,
  isExportDeclaration,
  isImportDeclaration,
  isImportTypeNode,
  isNamedImports,
  isStringLiteral,
  type Node,
  type SourceFile,
  SyntaxKind,
} from 'typescript/unstable/ast'

/** One import, `export … from`, `import()` or `import('…')` type. */
export interface Import {
  readonly specifier: string
  /** The file it means, relative to the repository; `undefined` for a package. */
  readonly target: string | undefined
  /** Names that exist at run time; `*` for all of them. */
  readonly values: readonly string[]
  /** Erased by the compiler. */
  readonly typeOnly: boolean
  readonly line: number
}

const resolve = (from: string, specifier: string): string | undefined => {
  if (specifier === '#core') return 'src/index.ts'
  return specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : undefined
}

const valuesOf = (node: ImportDeclaration): readonly string[] => {
  const clause = node.importClause
  if (!clause) return ['*']
  if (clause.phaseModifier === SyntaxKind.TypeKeyword) return []
  const bindings = clause.namedBindings
  const named = bindings && isNamedImports(bindings) ? bindings.elements.filter((element) => !element.isTypeOnly) : []
  const names = named.map((element) => (element.propertyName ?? element.name).text)
  const all = clause.name !== undefined || (bindings !== undefined && !isNamedImports(bindings))
  return all ? ['*', ...names] : names
}

type Found = Pick<Import, 'values' | 'typeOnly'> & { readonly from: Node | undefined }

const found = (node: Node): Found | undefined => {
  if (isImportDeclaration(node)) {
    const values = valuesOf(node)
    return { from: node.moduleSpecifier, values, typeOnly: values.length === 0 }
  }
  if (isExportDeclaration(node)) {
    return { from: node.moduleSpecifier, values: node.isTypeOnly ? [] : ['*'], typeOnly: node.isTypeOnly }
  }
  if (isImportTypeNode(node)) {
    let literal: Node | undefined
    node.argument.forEachChild((child) => {
      literal ??= child
    })
    return { from: literal, values: [], typeOnly: true }
  }
  const isDynamic = isCallExpression(node) && node.expression.kind === SyntaxKind.ImportKeyword
  return isDynamic ? { from: node.arguments[0], values: ['*'], typeOnly: false } : undefined
}

/** Every import of a file, dynamic ones with a literal name included. */
export const readImports = (path: string, ast: SourceFile): Import[] => {
  const imports: Import[] = []
  const visit = (node: Node): void => {
    const { from, ...rest } = found(node) ?? {}
    if (from && isStringLiteral(from)) {
      const line = ast.getLineAndCharacterOfPosition(from.getStart(ast)).line + 1
      imports.push({ values: [], typeOnly: true, ...rest, specifier: from.text, target: resolve(path, from.text), line })
    }
    node.forEachChild(visit)
  }
  visit(ast)
  return imports
}

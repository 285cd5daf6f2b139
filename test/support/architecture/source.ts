// Reads TypeScript the way the compiler does, for rules about the code's shape. Rules take sources and return sentences, so
// that each can be tried on a few lines in memory as well as on the repository.
import { join } from 'node:path'
import { type Node, type SourceFile, SyntaxKind } from 'typescript/unstable/ast'
import { API } from 'typescript/unstable/async'
import { createVirtualFileSystem } from 'typescript/unstable/fs'
import { type Import, readImports } from './import.ts'

/** One file and what it imports. */
export interface Source {
  /** Relative to the repository, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly ast: SourceFile
  readonly imports: readonly Import[]
}

/** Looks at all sources and says what is wrong, one sentence with a place per fault. */
export type Rule = (sources: readonly Source[]) => readonly string[]

/** The repository's folder. */
export const root = join(import.meta.dir, '../../..')

const virtual = '/repository'
const config = (paths: readonly string[]) =>
  JSON.stringify({ compilerOptions: { noLib: true, noResolve: true, types: [], jsx: 'react-jsx' }, files: paths })

/** Parse files given as path → text. */
export const parse = async (files: Readonly<Record<string, string>>): Promise<Source[]> => {
  const paths = Object.keys(files)
  const tree = Object.fromEntries(paths.map((path) => [`${virtual}/${path}`, files[path] as string]))
  const project = `${virtual}/tsconfig.json`
  const api = new API({ cwd: virtual, fs: createVirtualFileSystem({ ...tree, [project]: config(paths) }) })
  try {
    const snapshot = await api.updateSnapshot({ openProjects: [project] })
    const program = snapshot.getProject(project)?.program
    return await Promise.all(
      paths.map(async (path) => {
        const ast = await program?.getSourceFile(`${virtual}/${path}`)
        if (!ast) throw new Error(`${path} could not be parsed`)
        return { path, text: files[path] as string, ast, imports: readImports(path, ast) }
      }),
    )
  } finally {
    await api.close()
  }
}

/** The repository's own code, without generated files. */
export const readRepository = async (): Promise<Source[]> => {
  const glob = new Bun.Glob('{src,plugins,public,test,scripts,examples}/**/*.{ts,tsx}')
  const paths = await Array.fromAsync(glob.scan({ cwd: root }))
  const own = paths.filter((path) => !/\.gen\.ts$|\.d\.ts$|(^|\/)(node_modules|\.)/.test(path)).sort()
  const texts = await Promise.all(own.map((path) => Bun.file(join(root, path)).text()))
  return parse(Object.fromEntries(own.map((path, index) => [path, texts[index] as string])))
}

/** Every node below `node`, itself first. */
export function* walk(node: Node): Generator<Node> {
  yield node
  const children: Node[] = []
  node.forEachChild((child) => {
    children.push(child)
  })
  for (const child of children) yield* walk(child)
}

/** `src/hub.ts:12`. */
export const place = (source: Source, node: Node): string =>
  `${source.path}:${source.ast.getLineAndCharacterOfPosition(node.getStart(source.ast)).line + 1}`

/** Whether this is a test or something that only tests use. */
export const isTest = (path: string): boolean => path.startsWith('test/') || /\.test\.tsx?$/.test(path)

/** `hub.publish` of `hub.publish(frame)`; the empty string for a callee that is not a chain of names. */
export const calleeOf = (source: Source, node: Node): string => {
  if (node.kind !== SyntaxKind.CallExpression) return ''
  const text = source.text.slice(node.getStart(source.ast), node.getEnd())
  return /^[\w$.?]+/.exec(text)?.[0].replace(/\?/g, '') ?? ''
}

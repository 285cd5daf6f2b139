// What a test file is made of: every file of the repository that it imports, and that those import.
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const transpilers = { ts: new Bun.Transpiler({ loader: 'ts' }), tsx: new Bun.Transpiler({ loader: 'tsx' }) }

/** The files of `root` that `file` imports, each as a path. */
const importsOf = (root: string, file: string): readonly string[] => {
  if (!/\.(tsx?|m?js)$/.test(file)) return []
  return transpilers[file.endsWith('x') ? 'tsx' : 'ts'].scanImports(readFileSync(file, 'utf8')).flatMap(({ path }) => {
    if (path === '#core') return [join(root, 'src/index.ts')]
    const found = path.startsWith('.') ? resolve(dirname(file), path) : undefined
    return found !== undefined ? [found] : []
  })
}

/** Every file that `file` stands on, itself too; files that are not there are named, and lead no further. */
export const closureOf = (root: string, file: string): ReadonlySet<string> => {
  const found = new Set<string>()
  const waiting = [resolve(file)]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue
    found.add(next)
    if (existsSync(next)) waiting.push(...importsOf(root, next))
  }
  return found
}

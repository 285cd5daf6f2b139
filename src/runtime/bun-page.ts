// Bundles the web page: index.html with its scripts and styles, the other files of public/ as they are. Used from source
// when the page is first asked for, and by the build.
import { readdir, readFile } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A file below public/ after bundling. */
export interface PageFile {
  /** Absolute URL path. */
  readonly path: string
  readonly body: Uint8Array<ArrayBuffer>
  readonly immutable: boolean
}

/** These go into the bundle or are about it; everything else below public/ is served under its own name. */
const isSource = (name: string): boolean => /\.(tsx?|css|html)$/.test(name)

const staticFiles = async (folder: string): Promise<PageFile[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.') && !isSource(entry.name))
  return Promise.all(
    files.map(async (entry) => {
      const file = join(entry.parentPath, entry.name)
      const path = `/${relative(folder, file).split(sep).join('/')}`
      return { path, body: new Uint8Array(await readFile(file)), immutable: false }
    }),
  )
}

/** Scripts and styles go to separate files, never into the page: its CSP allows nothing inline. */
const bundledFiles = async (folder: string): Promise<PageFile[]> => {
  const built = await Bun.build({
    entrypoints: [join(folder, 'index.html')],
    target: 'browser',
    minify: true,
    splitting: true,
    publicPath: '/',
    naming: { entry: '[name].[ext]', chunk: 'assets/[name]-[hash].[ext]', asset: 'assets/[name]-[hash].[ext]' },
    define: { 'process.env.NODE_ENV': '"production"' },
  })
  return Promise.all(
    built.outputs.map(async (output) => {
      const path = `/${output.path.replace(/^\.?\//, '')}`
      return { path, body: new Uint8Array(await output.arrayBuffer()), immutable: !path.endsWith('.html') }
    }),
  )
}

/** Every file that `folder` (public/) offers. Rejects with the compiler's messages if the page does not compile. */
export const bundlePage = async (folder: URL): Promise<PageFile[]> => {
  const path = fileURLToPath(folder)
  const [fixed, bundled] = await Promise.all([staticFiles(path), bundledFiles(path)])
  return [...fixed, ...bundled]
}

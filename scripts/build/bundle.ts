// The program as one file: the server, every plugin of the catalogue and the web page, for Bun and Deno alike.
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { embed } from '../../src/assets.ts'
import { bundlePage } from '../../src/runtime/bun-page.ts'

const root = join(import.meta.dir, '../..')

/** A failed build, with the compiler's own messages. */
export class BuildError extends Error {}

/** What the compiler objected to, with its places. */
const toBuildError = (error: unknown): never => {
  const logs: unknown[] = error instanceof AggregateError ? error.errors : [error]
  const sentences = logs.map((log) => {
    const { message, position } = log as { message: string; position?: { file: string; line: number } | null }
    return position ? `${position.file}:${position.line}: ${message}` : message
  })
  throw new BuildError(sentences.join('\n'))
}

/** Run one build; rejects with a `BuildError`. */
export const build = (config: Bun.BuildConfig): Promise<Bun.BuildOutput> => Bun.build(config).catch(toBuildError)

/** Puts the page's files in place of the module that says there are none. */
const embedPage = (json: string): Bun.BunPlugin => ({
  name: 'embed-page',
  setup(builder) {
    builder.onLoad({ filter: /[\\/]src[\\/]assets-embedded\.ts$/ }, () => ({ contents: `export const embedded = ${json}`, loader: 'ts' }))
  },
})

/** The files that went into a build, relative to the repository. */
const inputsOf = ({ metafile }: Bun.BuildOutput): string[] => Object.keys((metafile as { inputs?: object } | undefined)?.inputs ?? {})

/** What the page's own bundle is made of; it is built apart from the server. */
const pageInputs = async (): Promise<string[]> => {
  const page = join(root, 'public/index.html')
  return inputsOf(await build({ entrypoints: [page], target: 'browser', metafile: true }))
}

/** The text of dist/parley.js and the source files it came from. */
export const bundleProgram = async (): Promise<{ readonly text: string; readonly inputs: readonly string[] }> => {
  const page = embed(await bundlePage(pathToFileURL(join(root, 'public/'))).catch(toBuildError))
  const built = await build({
    entrypoints: [join(root, 'src/main.ts')],
    // Not `bun`: that would keep `bun:` imports and Bun's own globals, and Deno could not load the file.
    target: 'node',
    format: 'esm',
    minify: true,
    metafile: true,
    plugins: [embedPage(JSON.stringify(page))],
  })
  const [output] = built.outputs
  if (!output) throw new BuildError('The bundler wrote nothing.')
  // CommonJS packages get their folder as a constant; nobody opens it, and where it was built is nobody's business.
  const text = (await output.text()).replaceAll(root, '/parley')
  return { text, inputs: [...inputsOf(built), ...(await pageInputs())] }
}

const bundleForPages = async (entry: string): Promise<string> => {
  const { outputs } = await build({ entrypoints: [join(root, entry)], target: 'browser', format: 'esm', minify: true })
  return (outputs[0] as Blob).text()
}

/** The text of dist/parley-client.js: `src/client` as one module that a page, Node, Deno or Bun imports. */
export const bundleClient = (): Promise<string> => bundleForPages('src/client/index.ts')

/** The text of dist/parley-calls.js: what pages import beside the client to make calls. */
export const bundleCalls = (): Promise<string> => bundleForPages('src/client/calls/index.ts')

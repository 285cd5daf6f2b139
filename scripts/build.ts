// `npm run build`: dist/parley.js (one file, runs on Bun and Deno), dist/parley (executable), dist/parley-client.js (the
// client library for pages without a build), dist/parley-calls.js (calls, beside it), dist/THIRD-PARTY.txt.
//   --outdir <folder>   somewhere else than dist
//   --target <target>   an executable for another system, e.g. bun-linux-arm64: dist/parley-linux-arm64
import { mkdirSync, statSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { BuildError, build, bundleCalls, bundleClient, bundleProgram } from './build/bundle.ts'
import { thirdPartyNotices } from './build/notices.ts'

const root = join(import.meta.dir, '..')

const size = (file: string): string => {
  const bytes = statSync(file).size
  return bytes < 1_000_000 ? `${Math.round(bytes / 1_000)} kB` : `${(bytes / 1_000_000).toFixed(1)} MB`
}

/** Do one step and say what it made, how large and how fast. */
const step = async (file: string, work: () => Promise<void> | void): Promise<void> => {
  const startedAt = performance.now()
  await work()
  const name = relative(process.cwd(), file).startsWith('..') ? file : relative(process.cwd(), file)
  process.stdout.write(`${name.padEnd(28)}${size(file).padStart(9)}  in ${Math.round(performance.now() - startedAt)} ms\n`)
}

/** The same program with Bun inside. Plugins from outside find packages beside themselves, so package.json is read there. */
const compile = async (bundle: string, outfile: string, target: string | undefined): Promise<void> => {
  await build({
    entrypoints: [bundle],
    format: 'esm',
    minify: true,
    bytecode: true,
    compile: {
      outfile,
      autoloadPackageJson: true,
      autoloadBunfig: false,
      ...(target ? { target: target as Bun.Build.CompileTarget } : {}),
    },
  })
}

const main = async (): Promise<void> => {
  const options = { outdir: { type: 'string', default: join(root, 'dist') }, target: { type: 'string' } } as const
  const { values } = parseArgs({ args: process.argv.slice(2), options })
  const outdir = resolve(values.outdir)
  const [bundle, client, notices] = [join(outdir, 'parley.js'), join(outdir, 'parley-client.js'), join(outdir, 'THIRD-PARTY.txt')]
  const calls = join(outdir, 'parley-calls.js')
  const executable = join(outdir, values.target ? values.target.replace(/^bun-/, 'parley-') : 'parley')
  mkdirSync(outdir, { recursive: true })
  let inputs: readonly string[] = []
  await step(bundle, async () => {
    const program = await bundleProgram()
    inputs = program.inputs
    writeFileSync(bundle, program.text)
  })
  await step(client, async () => writeFileSync(client, await bundleClient()))
  await step(calls, async () => writeFileSync(calls, await bundleCalls()))
  await step(notices, () => writeFileSync(notices, thirdPartyNotices(inputs)))
  await step(executable, () => compile(bundle, executable, values.target))
}

try {
  await main()
} catch (error) {
  if (!(error instanceof BuildError)) throw error
  process.stderr.write(`build: ${error.message}\n`)
  process.exitCode = 1
}

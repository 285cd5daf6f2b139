// The composition root: settings → plugins → start → SIGTERM. The only file in src/ that names plugins/.
import { existsSync } from 'node:fs'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { catalogue } from '../plugins/index.ts'
import { createAssets } from './assets.ts'
import { Config, masked } from './config.ts'
import { readConfigFile } from './config-file.ts'
import { doctor } from './doctor.ts'
import { AppError } from './errors.ts'
import { loadPlugins } from './load.ts'
import { selectRuntime } from './runtime/select.ts'
import { type RunningServer, startServer } from './server.ts'
import { version } from './version.ts'

const usage = `parley ${version}: a realtime server

  parley            start the server
  parley doctor     print every setting with its origin, and try what each points to
  parley health     ask the server on PORT whether it may take traffic; exit 0 if so
  parley --restored start it on a database that was put back to an earlier state: clients begin anew
  parley --version  print the version
  parley --help     print this

Settings come from the environment (PORT, HOST, DATABASE_URL, PARLEY_PLUGINS, PARLEY_<PLUGIN>_<KEY>)
or from parley.config.json (another file: --config <path>). DEPLOY.md lists them.
`

// sysexits.h: 64 wrong usage, 78 wrong configuration.
const exit = { usage: 2, failure: 1, configuration: 78 } as const

const fail = (failure: unknown): never => {
  const text =
    failure instanceof AppError
      ? `${failure.message} (${failure.code})`
      : failure instanceof Error
        ? (failure.stack ?? failure.message)
        : String(failure)
  process.stderr.write(`parley: ${text}\n`)
  process.exit(failure instanceof AppError ? exit.configuration : exit.failure)
}

const serve = async (config: Config, restored: boolean): Promise<void> => {
  let server: RunningServer | undefined
  // The last resort: whoever caused it pays, and nobody else notices.
  const onUncaught = (failure: unknown): void => {
    if (!server) fail(failure)
    else if (!server.blame(failure)) server.log.error({ err: failure }, 'an error that nobody caught')
  }
  process.on('uncaughtException', onUncaught)
  process.on('unhandledRejection', onUncaught)
  const settings = config.core()
  // Where the list of plugins itself is bad there is none.
  const plugins = settings.plugins ? await loadPlugins(settings.plugins, catalogue) : []
  server = await startServer({ runtime: selectRuntime(), config, plugins, assets: createAssets(), restored, onFatal: fail })
  listenForSignals(server)
  const address = `http://${settings.host.includes(':') ? `[${settings.host}]` : settings.host}:${server.port}`
  const names = plugins.map(({ id }) => id)
  server.log.info({ address, database: masked({ value: settings.databaseUrl, isSecret: false }), plugins: names, version }, 'listening')
}

// The first signal stops in order, a later one at once. A supervisor that signals a whole group of processes is heard
// twice, directly and through the one that started us, so what follows within a second is the same signal.
const listenForSignals = (server: RunningServer): void => {
  let firstMs: number | undefined
  const onSignal = (): void => {
    if (firstMs !== undefined && performance.now() - firstMs > 1_000) process.exit(exit.failure)
    if (firstMs !== undefined) return
    firstMs = performance.now()
    server.stop().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', onSignal)
  process.on('SIGINT', onSignal)
}

const health = async (config: Config): Promise<void> => {
  const { host, port } = config.core()
  config.verify()
  const target = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host
  const answer = await fetch(`http://${target}:${port}/readyz`, { signal: AbortSignal.timeout(3_000) }).catch(() => undefined)
  if (!answer) {
    process.stderr.write(`parley: nobody answers at http://${target}:${port}\n`)
    return process.exit(exit.failure)
  }
  process.stdout.write(`${await answer.text()}\n`)
  process.exit(answer.ok ? 0 : exit.failure)
}

const main = async (): Promise<void> => {
  const { values, positionals } = readArguments()
  if (values.help) return void process.stdout.write(usage)
  if (values.version) return void process.stdout.write(`${version}\n`)
  const path = values.config ?? 'parley.config.json'
  const config = new Config({ env: process.env, file: await readConfigFile(path, values.config !== undefined) })
  const [command] = positionals
  if (command === 'doctor') {
    const write = (text: string): void => void process.stdout.write(text)
    process.exit(await doctor({ config, runtime: selectRuntime(), catalogue, file: existsSync(path) ? path : undefined, write }))
  }
  if (command === 'health') return health(config)
  return serve(config, values.restored === true)
}

interface Arguments {
  readonly help?: boolean
  readonly version?: boolean
  readonly config?: string
  readonly restored?: boolean
}

const readArguments = (): { values: Arguments; positionals: string[] } => {
  try {
    const options = {
      help: { type: 'boolean', short: 'h' },
      version: { type: 'boolean' },
      config: { type: 'string' },
      restored: { type: 'boolean' },
    } as const
    const parsed = parseArgs({ options, allowPositionals: true, args: process.argv.slice(2) })
    const [command] = parsed.positionals
    if (parsed.positionals.length > 1 || (command !== undefined && !['doctor', 'health', 'start'].includes(command)))
      throw new Error(`unknown command ${parsed.positionals.join(' ')}`)
    return parsed
  } catch (failure) {
    process.stderr.write(`parley: ${failure instanceof Error ? failure.message : failure}\n\n${usage}`)
    process.exit(exit.usage)
  }
}

await main().catch(fail)

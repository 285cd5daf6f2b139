// `parley doctor`: what is set, where it comes from, and whether what it points to answers. It changes nothing.
import type { Config, CoreSettings, Setting } from './config.ts'
import { masked } from './config.ts'
import { adviceOn } from './doctor/advice.ts'
import { databaseCheck } from './doctor/database.ts'
import { type Finding, look, type Task } from './doctor/finding.ts'
import { limitsTable } from './doctor/limits.ts'
import { portCheck } from './doctor/port.ts'
import { rateProblems } from './limits.ts'
import { loadPlugins } from './load.ts'
import { checkManifests, orderByServices } from './manifest.ts'
import type { Plugin } from './plugin.ts'
import type { Runtime } from './runtime/runtime.ts'
import { version } from './version.ts'

/** What the doctor looks at. */
export interface DoctorOptions {
  readonly config: Config
  readonly runtime: Runtime
  /** Every plugin that there is. */
  readonly catalogue: readonly Plugin[]
  /** The settings file that was read, if one was. */
  readonly file?: string | undefined
  /** Takes the report, in parts. */
  readonly write: (text: string) => void
}

/** Settings as far as they are good. */
export type GoodSettings = Partial<CoreSettings> & Pick<CoreSettings, 'production'>

/** Print settings and findings; the exit code: 0 when the server would start, 1 when something has to be mended. */
export const doctor = async ({ config, runtime, catalogue, file, write }: DoctorOptions): Promise<number> => {
  const settings: GoodSettings = config.core()
  const plugins: Plugin[] = []
  const findings = [await look({ what: 'plugins', run: async () => choosePlugins(settings, catalogue, plugins) })]
  for (const { id, config: schema } of plugins) if (schema) config.plugin(id, schema)
  config.complain(rateProblems(settings.rates ?? [], plugins))
  const port = await look(portCheck(settings))
  const tasks: Task[] = [
    { what: 'settings', run: async () => verified(config) },
    databaseCheck({ settings, runtime, plugins, isRunning: port.isRunning === true }),
    ...pluginChecks(config, plugins, settings.production),
  ]
  findings.push(...(await Promise.all(tasks.map((task) => look(task)))), port, ...adviceOn(config, settings, catalogue))
  write(
    `parley ${version} on ${runtime.name} ${runtime.version}, ${file === undefined ? 'no settings file' : `settings file ${file}`}\n\n${settingsTable(config.settings)}\n`,
  )
  if (settings.limits) write(`${limitsTable(plugins, settings.rates ?? [])}\n`)
  for (const finding of findings) write(`  ${finding.level.padEnd(4)}  ${finding.what}: ${finding.text}\n`)
  const isWell = findings.every(({ level }) => level !== 'FAIL')
  write(isWell ? '\nAll is well.\n' : '\nMend what is marked FAIL, then run this again.\n')
  return isWell ? 0 : 1
}

const choosePlugins = async ({ plugins: wanted }: GoodSettings, catalogue: readonly Plugin[], out: Plugin[]): Promise<Finding['text']> => {
  if (!wanted) throw new Error('PARLEY_PLUGINS is bad, so none was looked at')
  const chosen = await loadPlugins(wanted, catalogue)
  checkManifests(chosen)
  out.push(...orderByServices(chosen))
  return out.map(({ id }) => id).join(', ')
}

const verified = (config: Config): string => {
  config.verify()
  return 'every value is of its kind'
}

// A plugin whose settings are bad is not asked: its checks could only stumble over them.
const pluginChecks = (config: Config, plugins: readonly Plugin[], production: boolean): Task[] =>
  plugins.flatMap((plugin) => {
    const values = plugin.config ? config.plugin(plugin.id, plugin.config) : {}
    const isBad = config.settings.some((setting) => setting.problem !== undefined && config.belongsTo(setting, plugin.id))
    if (isBad || !plugin.checks) return []
    return plugin.checks(values, { production }).map(({ what, run }) => ({ what: `${plugin.id} ${what}`, run: async () => run() }))
  })

const settingsTable = (settings: readonly Setting[]): string => {
  const rows = settings.map((setting) => [setting.name, masked(setting), setting.origin, setting.problem] as const)
  const [names, values] = [widest(rows.map(([name]) => name)), widest(rows.map(([, value]) => value))]
  return rows
    .map(([name, value, origin, problem]) => {
      const line = `  ${name.padEnd(names)}  ${value.padEnd(values)}  ${origin}`
      return `${line}${problem === undefined ? '' : `  ← ${problem}`}\n`
    })
    .join('')
}

// One long value should not push all origins off the screen.
const widest = (texts: readonly string[]): number => Math.min(56, Math.max(...texts.map(({ length }) => length)))

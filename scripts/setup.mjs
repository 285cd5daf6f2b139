// What a fresh machine lacks: the packages of package-lock.json, and Bun. Plain JavaScript; see run.mjs.
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'
import { exitCode, output, run } from './process.mjs'

/** The repository's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url))

/** A failure that one sentence explains; shown without a stack. */
export class SetupError extends Error {}

const leastBun = [1, 4, 5]
const modules = join(root, 'node_modules')
const stamp = join(modules, '.parley-lock')

const say = (text) => process.stderr.write(`parley: ${text}\n`)
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))
const lockHash = () =>
  createHash('sha256')
    .update(readFileSync(join(root, 'package-lock.json')))
    .digest('hex')

/** Whether npm's own record of node_modules holds every package of the lock, in its version; optional ones may lack. */
const holdsTheLock = () => {
  const record = join(modules, '.package-lock.json')
  if (!existsSync(record)) return false
  const wanted = readJson(join(root, 'package-lock.json')).packages
  const present = readJson(record).packages
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || present[path]?.version === version || (optional && !present[path]),
  )
}

const isInstalled = () => {
  if (!existsSync(modules)) return false
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === lockHash()) return true
  if (!holdsTheLock()) return false
  writeFileSync(stamp, lockHash())
  return true
}

const isWindows = process.platform === 'win32'
const npm = isWindows ? 'npm.cmd' : 'npm'

/** npm where there is one; Bun reads the same lock where there is not. */
const installer = async () => {
  if (await output(npm, ['--version'])) return [npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']]
  const bun = process.versions.bun ? process.execPath : await bunInPath()
  if (bun) return [bun, ['install', '--ignore-scripts', '--no-save', '--no-summary']]
  throw new SetupError(
    'Neither npm nor bun is in PATH. Install Node ≥ 20 (https://nodejs.org) or Bun ≥ 1.4.5 (https://bun.com) and try again.',
  )
}

/** Install the locked packages if they are not there. Packages' own install scripts never run. */
export const install = async () => {
  if (isInstalled()) return
  const [file, args] = await installer()
  const startedAt = Date.now()
  say(`installing packages (${file} ${args[0]}; about a minute the first time) …`)
  const ended = await run(file, args, { cwd: root, stdio: ['ignore', 2, 2], shell: isWindows })
  if (exitCode(ended) !== 0) {
    throw new SetupError('The packages could not be installed: see above. Check the network or the registry of npm and try again.')
  }
  writeFileSync(stamp, lockHash())
  say(`packages installed in ${Math.round((Date.now() - startedAt) / 1000)} s`)
}

/** Whether `version`, such as `1.4.5` or `1.5.0-canary.1`, is new enough. */
const isRecent = (version) => {
  const parts = /^(\d+)\.(\d+)\.(\d+)/
    .exec(version ?? '')
    ?.slice(1)
    .map(Number)
  if (!parts) return false
  const at = parts.findIndex((part, index) => part !== leastBun[index])
  return at === -1 || parts[at] > leastBun[at]
}

/** A Bun that works and is new enough, from PATH. npm puts node_modules/.bin there, which holds only a placeholder. */
const bunInPath = async () => {
  const name = isWindows ? 'bun.exe' : 'bun'
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder && !folder.startsWith(modules))
  for (const folder of folders) {
    const file = join(folder, name)
    if (existsSync(file) && isRecent(await output(file, ['--version']))) return file
  }
}

/** The Bun among our packages. npm chose by system, processor and libc; more than one may be there, so each is tried. */
const bunInModules = async () => {
  const scope = join(modules, '@oven')
  const folders = existsSync(scope) ? readdirSync(scope).filter((name) => name.startsWith('bun-')) : []
  for (const folder of folders) {
    const file = join(scope, folder, 'bin', isWindows ? 'bun.exe' : 'bun')
    if (!existsSync(file)) continue
    if (!isWindows) chmodSync(file, 0o755)
    if (isRecent(await output(file, ['--version']))) return file
  }
}

/** The Bun to run everything with: the one running this, else one from PATH, else our package's. */
export const findBun = async () => {
  if (isRecent(process.versions.bun)) return process.execPath
  const found = (await bunInPath()) ?? (await bunInModules())
  if (found) return found
  throw new SetupError(
    `No Bun ≥ ${leastBun.join('.')} runs on this machine (${process.platform} ${process.arch}). Install it from https://bun.com, or delete node_modules and try again.`,
  )
}

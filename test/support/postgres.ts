// A real Postgres for the tests: started from Debian's binaries in a temporary folder, with fsync on, on a port
// of its own. It dies with the test process, whatever ends that.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import connect from 'postgres'
import { packages } from './packages.ts'
import { freePort } from './ports.ts'

/** A Postgres that belongs to the tests. */
export interface PostgresServer {
  /** What `PARLEY_TEST_POSTGRES` is set to so that other test processes use this one too. */
  readonly url: string
  /** Make a database that nobody else uses; answers its URL. */
  createDatabase(): Promise<string>
  /** Remove one that nobody needs any more. */
  dropDatabase(url: string): Promise<void>
}

/** A Postgres that a test may harm. */
export interface PostgresProcess extends PostgresServer {
  /** Freeze it with all its backends: connections stay, nothing answers. */
  pause(): void
  resume(): void
  /** `kill -9` of the server and all its backends. */
  kill(): Promise<void>
  /** Start it again over the same data and port. */
  restart(): Promise<void>
  stop(): Promise<void>
}

const binaries = packages.postgres.find()
const given = process.env.PARLEY_TEST_POSTGRES
const isLeftOut = given === 'none'

/** Why there is no Postgres to test on; `undefined` when there is one. */
export const noPostgres = isLeftOut
  ? 'this run leaves Postgres out (PARLEY_TEST_POSTGRES=none)'
  : given || binaries
    ? undefined
    : 'Postgres is not installed (Debian: apt-get install postgresql), and PARLEY_TEST_POSTGRES names none'
/** Why there is no Postgres that may be killed. */
export const noPostgresProcess = isLeftOut
  ? noPostgres
  : binaries
    ? undefined
    : 'Postgres is not installed (Debian: apt-get install postgresql)'

const isRoot = process.getuid?.() === 0

interface Account {
  readonly uid: number
  readonly gid: number
}

// The server refuses to run as root, so root lends it the account that Debian's package made.
const accountOf = (name: string): Account => ({
  uid: Number(execFileSync('id', ['-u', name], { encoding: 'utf8' })),
  gid: Number(execFileSync('id', ['-g', name], { encoding: 'utf8' })),
})

/** A command line that runs a Postgres binary unprivileged, and ends it together with this process. */
const unprivileged = (program: string, args: readonly string[]): [string, string[]] => {
  const own = [join(binaries as string, program), ...args]
  const drop = isRoot ? ['--reuid', 'postgres', '--regid', 'postgres', '--clear-groups'] : []
  return ['setpriv', [...drop, '--pdeathsig', 'QUIT', '--', ...own]]
}

const prefix = 'parley-postgres-'

const isAlive = (pid: number): boolean => existsSync(`/proc/${pid}`)

/** How a Postgres is started. */
export interface PostgresOptions {
  /** Where there is room for it: for tests that make and drop a database each, and would wait for the disk most of the time. */
  readonly inMemory?: boolean
}

const memory = '/dev/shm'
const memoryNeeded = 2 * 1024 ** 3

const hasMemory = (): boolean => {
  if (!existsSync(memory)) return false
  const { bavail, bsize } = statfsSync(memory)
  return bavail * bsize > memoryNeeded
}

/** Remove what test processes left behind that were killed together with their keepers. */
const removeLeftovers = (base: string): void => {
  const folders = readdirSync(base).filter((name) => name.startsWith(prefix))
  const dead = folders.filter((name) => !isAlive(Number(name.slice(prefix.length).split('-')[0])))
  for (const name of dead) rmSync(join(base, name), { recursive: true, force: true })
}

const makeFolder = ({ inMemory = false }: PostgresOptions): string => {
  const base = inMemory && hasMemory() ? memory : tmpdir()
  removeLeftovers(base)
  const folder = mkdtempSync(join(base, `${prefix}${process.pid}-`))
  if (isRoot) {
    const { uid, gid } = accountOf('postgres')
    chownSync(folder, uid, gid)
  }
  return folder
}

/** Removes `folder` once this process has ended, in whatever way: its pipe closes then. */
const removeAtEnd = (folder: string): void => {
  const script = `cat >/dev/null; while kill -0 "$(head -n 1 '${folder}/data/postmaster.pid')"; do sleep 0.1; done; rm -rf '${folder}'`
  // It must outlive us, so it has a group of its own and bears no mark in its environment.
  const keeper = spawn('sh', ['-c', script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'], env: { PATH: process.env.PATH } })
  keeper.unref()
}

const makeCluster = (folder: string): void => {
  const args = ['-D', join(folder, 'data'), '-U', 'parley', '-A', 'trust', '-E', 'UTF8', '--locale', 'C.UTF-8', '--no-sync']
  const [command, line] = unprivileged('initdb', args)
  execFileSync(command, line, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
}

const settings = (port: number): string[] =>
  [
    `port=${port}`,
    'listen_addresses=127.0.0.1',
    'unix_socket_directories=',
    'fsync=on',
    'shared_buffers=32MB',
    'max_connections=200',
    'max_wal_size=256MB',
  ].flatMap((setting) => ['-c', setting])

const start = (folder: string, port: number): Promise<ChildProcess> =>
  new Promise((resolve, reject) => {
    const [command, line] = unprivileged('postgres', ['-D', join(folder, 'data'), ...settings(port)])
    const child = spawn(command, line, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-4000)
      if (said.includes('ready to accept connections')) resolve(child)
    })
    child.on('error', reject)
    child.on('exit', () => reject(new Error(`Postgres did not start: ${said}`)))
  })

/** Start it again where a dead server's backends may need a moment to notice that it is gone. */
const startAgain = async (folder: string, port: number): Promise<ChildProcess> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(folder, port)
    } catch (error) {
      if (attempt === 50 || !/still in use|lock file/.test(String(error))) throw error
    }
  }
}

const childrenOf = (pid: number): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        // The second field is the name in parentheses, the fourth the parent.
        return (
          readFileSync(`/proc/${name}/stat`, 'utf8')
            .replace(/^.*\) . /, '')
            .split(' ')[0] === String(pid)
        )
      } catch {
        return false
      }
    })
    .map(Number)

const signalOne = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal)
  } catch (error) {
    // It has ended meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

const signalAll = (pid: number, signal: NodeJS.Signals): void => {
  // Once the parent is dead its children are nobody's, so they are looked up before; those that it made in between after.
  const before = childrenOf(pid)
  signalOne(pid, signal)
  for (const child of new Set([...before, ...childrenOf(pid)])) signalOne(child, signal)
}

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((resolve) => child.once('exit', () => resolve()))

const command = async (url: string, text: string): Promise<void> => {
  const sql = connect(url, { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(text)
  } finally {
    await sql.end()
  }
}

const createDatabase = async (url: string): Promise<string> => {
  // Random, because a test runner reads this file anew for each test file, in one process.
  const name = `parley_${randomUUID().replaceAll('-', '')}`
  await command(url, `create database ${name} template template0`)
  const made = new URL(url)
  made.pathname = `/${name}`
  return made.href
}

const dropDatabase = (url: string, made: string): Promise<void> =>
  command(url, `drop database if exists ${new URL(made).pathname.slice(1)} with (force)`)

const at = (url: string): PostgresServer => ({
  url,
  createDatabase: () => createDatabase(url),
  dropDatabase: (made) => dropDatabase(url, made),
})

/** Start a Postgres for one suite. Stop it in `afterAll`. */
export const startPostgres = async (options: PostgresOptions = {}): Promise<PostgresProcess> => {
  const folder = makeFolder(options)
  removeAtEnd(folder)
  makeCluster(folder)
  const port = await freePort()
  let child = await start(folder, port)
  const end = async (signal: NodeJS.Signals): Promise<void> => {
    const gone = ended(child)
    signalAll(child.pid as number, signal)
    await gone
  }
  return {
    ...at(`postgres://parley@127.0.0.1:${port}/postgres`),
    pause: () => signalAll(child.pid as number, 'SIGSTOP'),
    resume: () => signalAll(child.pid as number, 'SIGCONT'),
    kill: () => end('SIGKILL'),
    restart: async () => {
      child = await startAgain(folder, port)
    },
    stop: async () => {
      // Nobody wants its data any more, so it need not end in order.
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

let shared: Promise<PostgresServer> | undefined

const startShared = async (): Promise<PostgresServer> => {
  if (given) return at(given)
  const server = await startPostgres({ inMemory: true })
  // The next test file in this process finds it there.
  process.env.PARLEY_TEST_POSTGRES = server.url
  return server
}

/** The one Postgres of this test process; never harm it. Ask `noPostgres` first. */
export const postgresServer = (): Promise<PostgresServer> => {
  shared ??= startShared()
  return shared
}

// The program as a user starts it, for tests that end it, freeze it and start it again.
import type { ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue } from '../../plugins/index.ts'
import { type Running, start } from '../forms/process.ts'
import { whyNoBrowser } from '../support/browser.ts'
import { freePort } from '../support/ports.ts'

const root = join(import.meta.dir, '../..')

/** A running server, and what may happen to it. */
export interface Program extends AsyncDisposable {
  readonly url: string
  /** Hold it still: it answers nothing, its connections stay. */
  freeze(): void
  /** Let it go on. */
  thaw(): void
  /** End it in order; its database stays. */
  stop(): Promise<void>
  /** Start it again on the same port and database. */
  startAgain(): Promise<void>
}

/** Why a test of the page with these plugins cannot run here, or `undefined`. */
export const whyNotWith = (...plugins: readonly string[]): string | undefined => {
  const present = new Set<string>(catalogue.map(({ id }) => id))
  const missing = plugins.filter((id) => !present.has(id))
  return whyNoBrowser ?? (missing.length > 0 ? `no plugin ${missing.join(', ')}` : undefined)
}

/** Start the server with a database of its own. */
export const startProgram = async (env: Readonly<Record<string, string>> = {}): Promise<Program> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-e2e-'))
  const port = String(await freePort())
  const launch = (): Promise<Running> =>
    start({
      command: [process.execPath, join(root, 'src/main.ts')],
      cwd: root,
      env: { HOST: '127.0.0.1', PARLEY_LIMITS: 'off', DATABASE_URL: `sqlite:${join(folder, 'test.db')}`, ...env, PORT: port },
    })
  let running: Running | undefined = await launch()
  const { url } = running
  const stop = async (): Promise<void> => {
    const ending = running
    running = undefined
    await ending?.stop((child) => {
      // A frozen process would keep the signal to end for later.
      child.kill('SIGCONT')
      child.kill('SIGTERM')
    })
  }
  // `Running.stop` gives the process to a function and then waits for its end; nobody waits here.
  const signal = (name: NodeJS.Signals) => (): void => void running?.stop((child: ChildProcess) => void child.kill(name))
  return {
    url,
    freeze: signal('SIGSTOP'),
    thaw: signal('SIGCONT'),
    stop,
    startAgain: async () => {
      running = await launch()
    },
    [Symbol.asyncDispose]: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

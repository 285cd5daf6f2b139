// The five forms in which Parley runs, each as a way to start it.
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findDeno } from '../support/packages.ts'
import { freePort } from '../support/ports.ts'
import { buildImage, inContainer, removeImage, serverInContainer, whyNoImage } from './image.ts'
import type { Launch } from './process.ts'

/** The repository's folder. */
export const root = join(import.meta.dir, '../..')

/** One way to run the program. */
export interface Form {
  readonly name: string
  /** Why it cannot be tried here. */
  readonly unavailable?: string | undefined
  /** Make everything that is needed to start it. `dist` holds a fresh build. */
  prepare(dist: string): Promise<Prepared>
}

/** A form that can be started. */
export interface Prepared {
  readonly launch: Launch
  /** Sends SIGTERM to the server. */
  terminate(child: ChildProcess): void
  /** Leaves nothing behind. */
  remove(): Promise<void> | void
  /** The container, for the image form. */
  readonly container?: string
}

const plugins = 'auth,rooms,chat,./echo-plugin.ts'

/** An empty folder with the plugin from outside, away from the repository and its packages. */
const workFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-form-'))
  // The image's user is not the one who runs the tests.
  chmodSync(folder, 0o755)
  copyFileSync(join(import.meta.dir, 'echo-plugin.ts'), join(folder, 'echo-plugin.ts'))
  return folder
}

/** A form that is one process on this machine. */
const local = (name: string, command: (dist: string) => readonly string[]): Form => ({
  name,
  prepare: async (dist) => {
    const cwd = workFolder()
    const env = {
      PORT: '0',
      HOST: '127.0.0.1',
      DATABASE_URL: 'sqlite:./data/parley.db',
      PARLEY_PLUGINS: plugins,
      DENO_DIR: join(cwd, 'deno'),
    }
    return {
      launch: { command: command(dist), cwd, env },
      terminate: (child) => child.kill('SIGTERM'),
      remove: () => rmSync(cwd, { recursive: true }),
    }
  },
})

/** The name of the image while it is tested. */
export const imageTag = 'localhost/parley:forms'

const image: Form = {
  name: 'image of the Dockerfile',
  unavailable: whyNoImage(),
  prepare: async (dist) => {
    const cwd = workFolder()
    const context = join(cwd, 'context')
    mkdirSync(context)
    for (const file of ['Dockerfile', '.dockerignore', 'LICENSE']) copyFileSync(join(root, file), join(context, file))
    cpSync(dist, join(context, 'dist'), { recursive: true })
    const container = await buildImage(context, imageTag)
    // A container's server has to be told a port, so that its health check finds it.
    const port = await freePort()
    const mark = `PARLEY_FORM=${crypto.randomUUID()}`
    // The image is a production deployment: guests are to be asked for, and the secret is its own.
    const auth = ['PARLEY_AUTH_GUESTS=true', `PARLEY_AUTH_SECRET=${randomBytes(32).toString('base64')}`]
    const env = [mark, `PORT=${port}`, 'PARLEY_PLUGINS=auth,rooms,chat,/plugins/echo-plugin.ts', ...auth]
    const options = ['--volume', `${cwd}:/plugins:ro`, ...env.flatMap((pair) => ['--env', pair])]
    return {
      launch: { command: inContainer(container, ['parley'], options), cwd, env: { PORT: String(port) } },
      terminate: () => process.kill(serverInContainer(mark), 'SIGTERM'),
      container,
      remove: async () => {
        await removeImage(container, imageTag)
        rmSync(cwd, { recursive: true })
      },
    }
  },
}

/** Every form. The bundle that runs on Bun and on Deno is the same file. */
export const forms: readonly Form[] = [
  local('source on Bun', () => [process.execPath, join(root, 'src/main.ts')]),
  local('bundle on Bun', (dist) => [process.execPath, join(dist, 'parley.js')]),
  local('bundle on Deno', (dist) => [findDeno(), 'run', '--allow-all', '--no-config', join(dist, 'parley.js')]),
  local('executable', (dist) => [join(dist, 'parley')]),
  image,
]

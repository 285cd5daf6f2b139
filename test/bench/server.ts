// A server as a process of its own: known to listen by the line that it prints, and gone with the test.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Subprocess } from 'bun'

const root = join(import.meta.dir, '../..')

/** What to run. */
export interface ServerCommand {
  readonly command: readonly string[]
  /** Beside this process's own environment, of which `NODE_ENV`, `PORT` and the like are not passed on. */
  readonly env?: Readonly<Record<string, string>>
}

/** A server that listens. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly url: string
  /** Milliseconds from the start of the process to its saying that it listens. */
  readonly startMs: number
  /** The exit code; 128 and the number of the signal if one ended it. */
  readonly exited: Promise<number>
  /** Everything it has said so far. */
  said(): string
  signal(name: NodeJS.Signals): void
  /** SIGTERM, and the exit code. */
  stop(): Promise<number>
}

/** Milliseconds of CPU that a process has used, all its threads together. */
export const cpuMs = (pid: number): number => {
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
    .slice(11, 13)
    .map(Number)
  return (user + system) * 10
}

const passedOn = (): Record<string, string> => {
  const kept = Object.entries(process.env).filter(([name]) => !/^(PARLEY_(?!TEST_)|PORT$|HOST$|DATABASE_URL$|NODE_ENV$)/.test(name))
  return Object.fromEntries(kept) as Record<string, string>
}

const portIn = (said: string): number | undefined => {
  const port = /"address":"http:\/\/[^"]*:(\d+)"[^\n]*"listening"/.exec(said)?.[1]
  return port === undefined ? undefined : Number(port)
}

/** Read a stream to its end, telling `hear` of all that came so far. */
const follow = async (stream: ReadableStream<Uint8Array>, hear: (text: string) => void): Promise<void> => {
  const decoder = new TextDecoder()
  for await (const part of stream) hear(decoder.decode(part, { stream: true }))
}

type Child = Subprocess<'ignore', 'pipe', 'pipe'>

const listening = async (child: Child, said: () => string, heard: { on: () => void }): Promise<number> => {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  heard.on = () => {
    const port = portIn(said())
    if (port !== undefined) resolve(port)
  }
  void child.exited.then((code) => reject(new Error(`ended with ${code} before it listened:\n${said()}`)))
  return promise
}

/** Start a server and wait until it listens. Rejects with what it said if it ends before. */
export const startProcess = async ({ command, env = {} }: ServerCommand): Promise<ServerProcess> => {
  const startedAt = performance.now()
  const child: Child = Bun.spawn([...command], {
    cwd: root,
    env: { ...passedOn(), ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const end = (): void => child.kill('SIGKILL')
  process.on('exit', end)
  void child.exited.then(() => process.off('exit', end))
  let text = ''
  const heard = { on: () => {} }
  const hear = (part: string): void => {
    text = (text + part).slice(-100_000)
    heard.on()
  }
  void follow(child.stdout, hear)
  void follow(child.stderr, hear)
  const port = await listening(child, () => text, heard)
  const stop = (): Promise<number> => {
    child.kill('SIGTERM')
    return child.exited
  }
  return {
    pid: child.pid,
    port,
    url: `http://127.0.0.1:${port}`,
    startMs: performance.now() - startedAt,
    exited: child.exited,
    said: () => text,
    signal: (name) => child.kill(name),
    stop,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGKILL')
      await child.exited
    },
  }
}

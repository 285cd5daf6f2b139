// The whole program as a child process: started from source with settings of its own, found by its log, ended by its id.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const main = join(import.meta.dir, '../../src/main.ts')

/** How it is started. */
export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly args?: readonly string[]
  /** A module that it loads before its own. */
  readonly preload?: string
  /** Its working folder; a new one that is removed at the end if absent. */
  readonly folder?: string
}

/** How it ended by itself. */
export interface Ended {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** A program that listens. */
export interface Program {
  readonly url: string
  readonly pid: number
  /** Its working folder, with `data/parley.db` in it. */
  readonly folder: string
  /** Everything it wrote so far, both streams. */
  said(): string
  /** Resolves when it has written something that contains `text`; what it has said by then. */
  heard(text: string): Promise<string>
  /** Whether it is still running. */
  isAlive(): boolean
  /** Resident bytes. */
  residentBytes(): number
  signal(name: NodeJS.Signals): void
  /** Its exit code, once it has ended. */
  readonly exited: Promise<number>
  /** SIGTERM, and its exit code. */
  stop(): Promise<number>
}

const spawn = ({ env = {}, args = [], folder, preload }: ProgramOptions) => {
  const own = folder === undefined ? mkdtempSync(join(tmpdir(), 'parley-program-')) : undefined
  const { PATH = '', HOME = '', TMPDIR = tmpdir(), PARLEY_TEST_RUN = '' } = process.env
  const child = Bun.spawn([process.execPath, ...(preload === undefined ? [] : ['--preload', preload]), main, ...args], {
    cwd: own ?? folder ?? '',
    // Nothing else is handed down: a setting of whoever runs the tests must not reach the program.
    env: { PATH, HOME, TMPDIR, ...(PARLEY_TEST_RUN && { PARLEY_TEST_RUN }), PORT: '0', ...env },
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const kill = (): void => child.kill('SIGKILL')
  process.once('exit', kill)
  const exited = child.exited.then((code) => {
    process.off('exit', kill)
    if (own !== undefined) rmSync(own, { recursive: true, force: true })
    return code
  })
  return { child, exited, folder: own ?? folder ?? '' }
}

/** Start it although it will not come up, or say something and end: `--help`, a bad setting. */
export const runProgram = async (options: ProgramOptions): Promise<Ended> => {
  const { child, exited } = spawn(options)
  const [stdout, stderr, code] = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text(), exited])
  return { code, stdout, stderr }
}

/** Start it and wait until it listens. Rejects with what it said if it ends before. */
export const startProgram = async (options: ProgramOptions = {}): Promise<Program> => {
  const { child, exited, folder } = spawn(options)
  let text = ''
  const listening = Promise.withResolvers<string>()
  const listeners = new Set<() => void>()
  const hear = async (from: ReadableStream<Uint8Array>): Promise<void> => {
    const decoder = new TextDecoder()
    for await (const part of from) {
      text += decoder.decode(part, { stream: true })
      const address = /"address":"(http:[^"]+)".*"listening"/.exec(text)?.[1]
      if (address) listening.resolve(address)
      for (const listener of listeners) listener()
    }
  }
  const heard = Promise.all([hear(child.stdout), hear(child.stderr)])
  void exited.then(async (code) => {
    await heard
    listening.reject(new Error(`it ended with ${code} before it listened:\n${text}`))
  })
  return {
    url: await listening.promise,
    pid: child.pid,
    folder,
    said: () => text,
    heard: (part) =>
      new Promise((resolve) => {
        const listener = (): void => {
          if (!text.includes(part)) return
          listeners.delete(listener)
          resolve(text)
        }
        listeners.add(listener)
        listener()
      }),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    residentBytes: () => Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1] ?? 0) * 1_024,
    signal: (name) => child.kill(name),
    exited,
    stop: () => {
      child.kill('SIGTERM')
      return exited
    },
  }
}

// A server process as a form starts it: found listening by its own log, stopped by SIGTERM.

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** How to start a form. */
export interface Launch {
  readonly command: readonly string[]
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** A server that listens. */
export interface Running {
  readonly url: string
  /** Send SIGTERM to the server itself and give its exit code. */
  stop(signal: (child: ChildProcess) => void): Promise<number | null>
  /** Everything it said; for the message of a failing test. */
  said(): string
}

const listeningAt = (text: string): string | undefined => {
  for (const line of text.split('\n')) {
    if (!line.includes('"listening"')) continue
    return /"address":"(http:[^"]+)"/.exec(line)?.[1]?.replace('0.0.0.0', '127.0.0.1')
  }
  return undefined
}

/** Start and wait until it listens; rejects with what it said when it ends before. */
export const start = async ({ command, cwd, env }: Launch): Promise<Running> => {
  const [file = '', ...args] = command
  const child = spawn(file, args, { cwd, env: { ...process.env, NODE_ENV: '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] })
  let text = ''
  const listening = Promise.withResolvers<string>()
  const hear = (part: Buffer): void => {
    text += part
    const url = listeningAt(text)
    if (url) listening.resolve(url)
  }
  child.stdout.on('data', hear)
  child.stderr.on('data', hear)
  child.on('error', listening.reject)
  const ended = once(child, 'exit') as Promise<[number | null]>
  child.on('exit', (code) => listening.reject(new Error(`ended with ${code} before it listened:\n${text}`)))
  return {
    url: await listening.promise,
    stop: async (signal) => {
      signal(child)
      return (await ended)[0]
    },
    said: () => text,
  }
}

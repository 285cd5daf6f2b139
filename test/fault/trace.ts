// What the server's process asks of the system, as strace tells it, reduced to what durability is about.
import { readFileSync } from 'node:fs'
import { packages } from '../support/packages.ts'
import type { Event } from './check/event.ts'

const calls = 'pwrite64,pwritev,pwritev2,write,writev,fdatasync,fsync,sendto,sendmsg'

/** A trace of a running process; `stop` resolves with its lines. */
export interface Trace {
  stop(): Promise<readonly Event[]>
}

/** Why no process can be traced; `undefined` when one can. */
export const noTrace = (): string | undefined => {
  if (packages.strace.find() === undefined) return 'strace is not installed (Debian: apt-get install strace)'
  const { exitCode } = Bun.spawnSync(['strace', '-f', '-o', '/dev/null', 'true'])
  return exitCode === 0 ? undefined : 'this machine lets nobody trace a process'
}

/** Trace a process and all of its threads; resolves when they are being watched. */
export const startTrace = async (pid: number, file: string): Promise<Trace> => {
  const child = Bun.spawn(['strace', '-f', '-y', '-s', '65536', '-e', `trace=${calls}`, '-o', file, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  await attached(child.stderr)
  return {
    stop: async () => {
      child.kill('SIGINT')
      await child.exited
      return eventsOf(readFileSync(file, 'latin1'))
    },
  }
}

const attached = async (said: ReadableStream<Uint8Array>): Promise<void> => {
  const decoder = new TextDecoder()
  let text = ''
  const reader = said.getReader()
  while (!text.includes('attached')) {
    const { value, done } = await reader.read()
    if (done) throw new Error(`strace could not attach: ${text}`)
    text += decoder.decode(value, { stream: true })
  }
  reader.releaseLock()
}

const writes = /^\d+ +pw?rite(64|v|v2)\(\d+<[^>]*-wal>|^\d+ +pwrite/
const ack = /\\"type\\":\\"ack\\",\\"id\\":\\"[^\\]+\\",\\"data\\":\{\\"id\\":\\"M/

/** A write counts from its beginning, a sync from its end, and only if it succeeded. */
const eventsOf = (trace: string): Event[] => {
  const syncing = new Set<string>()
  return trace.split('\n').flatMap((line, t_ns) => {
    const type = kindOf(line, syncing)
    return type === undefined ? [] : [{ f: 'trace', type, t_ns, proc: 'server' } as Event]
  })
}

const kindOf = (line: string, syncing: Set<string>): 'write' | 'sync' | 'ack' | undefined => {
  const [thread = ''] = line.split(' ')
  if (writes.test(line)) return line.includes('-wal>') ? 'write' : undefined
  if (/ f(data)?sync\(\d+<[^>]*-wal>/.test(line)) {
    if (line.includes('<unfinished')) syncing.add(thread)
    return / = 0$/.test(line) ? 'sync' : undefined
  }
  if (/ resumed>/.test(line) && syncing.delete(thread)) return / = 0$/.test(line) ? 'sync' : undefined
  return / (sendto|sendmsg|writev?)\(/.test(line) && ack.test(line) ? 'ack' : undefined
}

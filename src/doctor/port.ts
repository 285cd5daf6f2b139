// Whether the server could listen where it is told to, or does already.
import { createServer } from 'node:net'
import type { CoreSettings } from '../config.ts'
import type { Found, Task } from './finding.ts'

type Address = Partial<Pick<CoreSettings, 'host' | 'port'>>

/** Tries to listen; if somebody else does, asks whether that is Parley. */
export const portCheck = ({ host, port }: Address): Task => ({
  what: 'port',
  run: async () => {
    if (host === undefined || port === undefined) throw new Error('not tried, because HOST or PORT is bad')
    const failure = await tryToListen(host, port)
    if (failure === undefined) return port === 0 ? `${host}: any free port` : `${host}:${port} is free`
    if (failure.code === 'EADDRINUSE') return whoListens(host, port)
    throw new Error(`${host}:${port}: ${reasons[failure.code ?? ''] ?? failure.message}`)
  },
})

const reasons: Readonly<Record<string, string>> = {
  EACCES: 'ports below 1024 need a right that this user does not have; take another, behind a proxy',
  EADDRNOTAVAIL: 'this machine does not have the address',
  ENOTFOUND: 'there is no such host',
}

const tryToListen = (host: string, port: number): Promise<NodeJS.ErrnoException | undefined> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', resolve)
    probe.listen(port, host, () => probe.close(() => resolve(undefined)))
  })

/** Where a client on this machine reaches a server that listens on `host`. */
export const reachable = (host: string): string => {
  if (host === '0.0.0.0') return '127.0.0.1'
  if (host === '::') return '[::1]'
  return host.includes(':') ? `[${host}]` : host
}

const whoListens = async (host: string, port: number): Promise<Found> => {
  try {
    const answer = await fetch(`http://${reachable(host)}:${port}/api/core`, { signal: AbortSignal.timeout(3_000) })
    const { server } = (await answer.json()) as { server?: { name?: unknown; version?: unknown } }
    if (server?.name === 'parley') return { text: `Parley ${server.version} is running on ${host}:${port}`, isRunning: true }
  } catch {
    // Whoever it is, it is not us.
  }
  throw new Error(`${host}:${port} is in use by another program; set PORT to another`)
}

// A real TURN server, on loopback only.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packages } from './packages.ts'
import { freePort } from './ports.ts'

/** Why there is no TURN server here, or `undefined` when there is one. */
export const whyNoCoturn = packages.coturn.find() ? undefined : 'coturn is not installed'

/** What it shares with the server that makes credentials. */
export const turnSecret = 'a secret that coturn and the server share'

/** A TURN server that runs. */
export interface Coturn extends AsyncDisposable {
  readonly port: number
  /** End it at once, with all that it passes on. */
  kill(): Promise<void>
  /** Start it again on the same port; it knows nothing of before. */
  startAgain(): Promise<void>
}

const settings = (port: number, folder: string): string[] => [
  ...['-n', '-L', '127.0.0.1', '--relay-ip', '127.0.0.1', '--listening-port', String(port), '--realm', 'parley.test'],
  ...['--use-auth-secret', '--static-auth-secret', turnSecret, '--fingerprint', '--no-tls', '--no-dtls', '--no-cli'],
  // Everything here is on loopback, which a TURN server for others must never relay to.
  ...['--allow-loopback-peers', '--log-file', 'stdout', '--simple-log', '--pidfile', join(folder, 'pid'), '--userdb', join(folder, 'db')],
]

/** Start one; resolves when it takes connections. */
export const startCoturn = async (): Promise<Coturn> => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-coturn-'))
  const port = await freePort()
  const launch = async () => {
    const child = Bun.spawn([packages.coturn.find() ?? 'turnserver', ...settings(port, folder)], { stdout: 'ignore', stderr: 'ignore' })
    for (;;) {
      const socket = await Bun.connect({ hostname: '127.0.0.1', port, socket: { data() {} } }).catch(() => undefined)
      if (socket) {
        socket.end()
        return child
      }
      if (child.exitCode !== null) throw new Error(`turnserver ended with ${child.exitCode}`)
      await new Promise((resolve) => setImmediate(resolve))
    }
  }
  let child = await launch()
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await child.exited
  }
  return {
    port,
    kill,
    startAgain: async () => {
      child = await launch()
    },
    [Symbol.asyncDispose]: async () => {
      await kill()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

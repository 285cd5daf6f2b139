// What `parley doctor` tries: whether the STUN and TURN servers answer. A binding request (RFC 8489) is all that STUN is, and
// every TURN server answers it too, without credentials.
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { connect } from 'node:net'
import type { Check } from '#core'

/** The settings that checks look at. */
export interface Servers {
  readonly stun: readonly string[]
  readonly turn: readonly string[]
  readonly turnSecret?: string | undefined
}

const waitMs = 3_000

/** One check per server, and one note if there is none. */
export const checks = ({ stun, turn, turnSecret }: Servers): readonly Check[] => {
  if (stun.length + turn.length === 0) {
    return [{ what: 'call servers', run: () => ({ note: 'there is no STUN or TURN server, so calls work within one network' }) }]
  }
  const secret = { what: 'call secret', run: () => knows(turnSecret) }
  return [...(turn.length > 0 ? [secret] : []), ...[...stun, ...turn].map((url) => ({ what: url, run: () => answers(url) }))]
}

const knows = (secret: string | undefined): string => {
  if (secret === undefined) throw new Error('PARLEY_CALLS_TURN needs PARLEY_CALLS_TURN_SECRET, which the TURN servers know too')
  return 'TURN credentials are signed with the secret that is set'
}

const answers = async (url: string): Promise<string | { note: string }> => {
  const [, scheme = '', host = '', port] = /^(\w+):(\[[^\]]+\]|[^:?]+)(?::(\d+))?/.exec(url) ?? []
  const isSecure = scheme.endsWith('s')
  const place = { host: host.replace(/^\[|\]$/g, ''), port: Number(port ?? (isSecure ? 5349 : 3478)) }
  if (isSecure || url.includes('transport=tcp')) {
    await accepts(place)
    return { note: 'it takes connections; whether it is a TURN server shows in the first call' }
  }
  await binds(place)
  return 'it answers'
}

interface Place {
  readonly host: string
  readonly port: number
}

const accepts = ({ host, port }: Place): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host, port, timeout: waitMs })
    const end = (finish: () => void): void => {
      socket.destroy()
      finish()
    }
    socket.once('connect', () => end(resolve))
    socket.once('error', (error) => end(() => reject(error)))
    socket.once('timeout', () => end(() => reject(new Error(`${host}:${port} does not take connections`))))
  })

const binds = ({ host, port }: Place): Promise<void> => {
  const transaction = randomBytes(12)
  const request = Buffer.concat([Buffer.from([0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42]), transaction])
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // UDP may lose one.
  const again = setInterval(() => socket.send(request, port, host), waitMs / 3)
  const end = setTimeout(() => reject(new Error(`${host}:${port} does not answer a STUN request over UDP`)), waitMs)
  socket.on('message', (answer) => void (answer.subarray(8, 20).equals(transaction) && resolve()))
  socket.on('error', reject)
  socket.send(request, port, host, (error) => void (error && reject(error)))
  return promise.finally(() => {
    clearInterval(again)
    clearTimeout(end)
    socket.close()
  })
}

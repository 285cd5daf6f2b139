// What nobody but the devices of a call may read: TURN credentials and what the devices say to each other.
import { expect, test } from 'bun:test'
import type { Log } from '#core'
import { Caller, candidate, sdp } from '../../test/support/caller.ts'
import { startTestServer } from '../../test/support/server.ts'
import { calls } from './index.ts'

/** A log that keeps every word, of every level. */
const createNotedLog = () => {
  const lines: string[] = []
  const say = (fields: object, message: string): void => void lines.push(`${message} ${Bun.inspect(fields, { depth: 9 })}`)
  const log: Log = { debug: say, info: say, warn: say, error: say, child: () => log }
  return { log, lines }
}

test('TURN credentials, their secret and signals stand in no log, whatever happens to a call', async () => {
  const secret = 'what only coturn and the server know'
  const env = { PARLEY_CALLS_TURN: 'turn:turn.example.com', PARLEY_CALLS_TURN_SECRET: secret }
  const { log, lines } = createNotedLog()
  await using server = await startTestServer([calls], { env, log })
  const [ann, bob] = [new Caller('U11', await server.connect('U11')), new Caller('U12', await server.connect('U12'))]
  const { call, ice } = await ann.invite(bob.user)
  const { ice: other } = await bob.do('accept', call.id)
  await ann.signal(call.id, 2, { signal: 'offer', sdp })
  await ann.signal(call.id, 2, { signal: 'candidates', candidates: [candidate] })
  await ann.signalRefusal(call.id, 2, { signal: 'offer', sdp: `${sdp}not a line` })
  await ann.socket.request('calls.report', { call: call.id, device: ann.id, verdict: 'no_relay', pairs: [] })
  await ann.refusal('accept', 'C1', { device: bob.id })
  await ann.do('hangup', call.id)
  const said = lines.join('\n')
  // So that it is known to hear something.
  expect(said).toContain('calls.reported')
  for (const hidden of [secret, ice.servers[0].credential, other.servers[0].credential, 'm=audio', '192.0.2.1', ann.id, bob.id]) {
    expect(said).not.toContain(hidden)
  }
})

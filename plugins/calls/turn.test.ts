// What a real coturn makes of the credentials: good for their time, and for nothing afterwards.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Coturn, startCoturn, turnSecret, whyNoCoturn } from '../../test/support/coturn.ts'
import { describeUnless } from '../../test/support/skip.ts'
import { iceFor } from './ice.ts'

const seconds = 3_600

/** The credentials that somebody had who asked for them `agoS` seconds ago. */
const credentials = (agoS: number, secret = turnSecret): readonly [username: string, credential: string] => {
  const { servers } = iceFor('U1', { stun: [], turn: ['turn:127.0.0.1'], secret, seconds }, Date.now() - agoS * 1_000)
  const { username = '', credential = '' } = servers[0] ?? {}
  return [username, credential]
}

describeUnless(whyNoCoturn)('a TURN server', () => {
  let coturn: Coturn
  beforeAll(async () => {
    coturn = await startCoturn()
  }, 30_000)
  afterAll(() => coturn[Symbol.asyncDispose]())

  /** Whether it relays for whoever has these; by coturn's own client, which begins to send once it has an allocation. */
  const relaysFor = async ([username, credential]: readonly [string, string]): Promise<boolean> => {
    const command = ['turnutils_uclient', '-y', '-c', '-n', '1', '-m', '1', '-p', String(coturn.port)]
    const child = Bun.spawn([...command, '-u', username, '-w', credential, '127.0.0.1'], { stdout: 'pipe', stderr: 'ignore' })
    let said = ''
    for await (const part of child.stdout) {
      said += new TextDecoder().decode(part)
      const answer = /start_mclient|Cannot complete Allocation/.exec(said)?.[0]
      if (answer === undefined) continue
      child.kill()
      return answer === 'start_mclient'
    }
    throw new Error(`no answer: ${said}`)
  }

  test('relays for whoever has had credentials from the server, up to an hour ago', async () => {
    expect(await relaysFor(credentials(0))).toBe(true)
    expect(await relaysFor(credentials(seconds / 2 - 60))).toBe(true)
  })

  test('K5: relays for nobody once their time is over, nor with those of another server', async () => {
    expect(await relaysFor(credentials(seconds + 60))).toBe(false)
    expect(await relaysFor(credentials(0, 'the secret of somebody else'))).toBe(false)
  })
})

import { expect, test } from 'bun:test'
import type { Log } from '#core'
import { testClock } from '../../test/support/clock.ts'
import { call } from '../../test/support/http.ts'
import { startTestServer } from '../../test/support/server.ts'
import { secrets } from '../../test/support/tokens.ts'
import { auth } from './index.ts'

/** A log that keeps everything as text, as an operator would see it. */
const keepingLog = () => {
  const events: string[] = []
  const text: string[] = []
  const say = (fields: object, message: string): void => {
    text.push(JSON.stringify({ ...fields, message }))
    if ('event' in fields) events.push(String(fields.event))
  }
  const log: Log = { debug: say, info: say, warn: say, error: say, child: () => log }
  return { log, events, text }
}

test('the log tells who signed in, who failed to, and which session ended why, and no secret, name or login', async () => {
  const { log, events, text } = keepingLog()
  const clock = testClock()
  await using server = await startTestServer([], {
    identity: auth,
    env: { PARLEY_AUTH_SECRET: secrets.own, PARLEY_LIMITS: 'on' },
    log,
    ambient: clock.ambient,
  })
  const post = async (path: string, body: object) => (await call(`${server.url}/api/auth${path}`, { body })).body
  const account = { login: 'secret-login', password: 'secret password' }
  const made = await post('/register', { ...account, name: 'Secret Name' })
  const first = await post('/login', account)
  await post('/login', { ...account, password: 'secret mistake' })
  await post('/login', { login: 'secret-nobody', password: 'secret mistake' })
  const guest = await post('/guest', { name: 'Secret Guest' })
  await post('/refresh', { refreshToken: first.refreshToken })
  clock.advance(60_000)
  await post('/refresh', { refreshToken: first.refreshToken })
  await call(`${server.url}/api/auth/logout`, { method: 'POST', token: made.accessToken })
  for (let i = 0; i < 6; i++) await post('/login', { login: 'secret-target', password: 'x'.repeat(200) })
  expect(events.splice(7)).toEqual([...Array<string>(5).fill('auth.login.failed'), 'core.limited', 'auth.limited'])
  expect(events).toEqual([
    'auth.register',
    'auth.login',
    'auth.login.failed',
    'auth.login.failed',
    'auth.guest',
    'auth.refresh.reuse',
    'auth.session.revoked',
  ])
  const said = text.join('\n')
  expect(said).toContain(made.user.id)
  expect(said).toContain('127.0.0.1')
  for (const secret of ['secret-', 'secret ', 'Secret', secrets.own]) expect(said).not.toContain(secret)
  for (const { accessToken, refreshToken } of [made, first, guest]) {
    expect(said).not.toContain(accessToken.split('.')[2])
    expect(said).not.toContain(refreshToken.split('.')[3])
  }
})

import { describe, expect, test } from 'bun:test'
import { decodeJwt } from 'jose'
import { startApi } from '../../test/support/api.ts'
import { forEachDatabase } from '../../test/support/databases.ts'
import { call } from '../../test/support/http.ts'
import { auth } from './index.ts'

const password = 'correct horse battery'

forEachDatabase('auth', (newDatabase) => {
  describe('refreshing', () => {
    test('gives a new pair, and the new token works', async () => {
      await using server = await startApi(auth, newDatabase)
      const first = await server.guest()
      server.clock.advance(300_000)
      const { status, body } = await server.post('/refresh', { refreshToken: first.refreshToken })
      expect([status, body.user, body.expiresIn]).toEqual([200, first.user, 600])
      expect(body.refreshToken).not.toBe(first.refreshToken)
      expect(body.accessToken).not.toBe(first.accessToken)
      expect(decodeJwt(body.accessToken).sid).toBe(decodeJwt(first.accessToken).sid as string)
      expect((await server.get('/me', body.accessToken)).status).toBe(200)
      expect((await server.post('/refresh', { refreshToken: body.refreshToken })).status).toBe(200)
    })

    test('T10: the same token within ten seconds gives the same pair', async () => {
      await using server = await startApi(auth, newDatabase)
      const { refreshToken } = await server.guest()
      const [one, two] = await Promise.all([server.post('/refresh', { refreshToken }), server.post('/refresh', { refreshToken })])
      server.clock.advance(10_000)
      const late = await server.post('/refresh', { refreshToken })
      expect(one.status).toBe(200)
      expect(two.body).toEqual(one.body)
      expect(late.body).toEqual({ ...one.body, expiresIn: 590 })
    })

    test('T9: the same token later ends the session for both who hold it', async () => {
      await using server = await startApi(auth, newDatabase)
      const thief = await server.guest()
      const owner = (await server.post('/refresh', { refreshToken: thief.refreshToken })).body
      server.clock.advance(10_001)
      const { status, code } = await server.post('/refresh', { refreshToken: thief.refreshToken })
      expect([status, code]).toEqual([401, 'AUTH_REFRESH_INVALID'])
      expect((await server.post('/refresh', { refreshToken: owner.refreshToken })).code).toBe('AUTH_REFRESH_INVALID')
      expect((await server.get('/me', owner.accessToken)).code).toBe('CORE_SESSION_REVOKED')
      expect((await server.get('/me', thief.accessToken)).code).toBe('CORE_SESSION_REVOKED')
    })

    test('T9: any token of the session’s past is reuse, and another session goes on', async () => {
      await using server = await startApi(auth, newDatabase)
      await server.post('/register', { login: 'ann', password, name: 'Ann' })
      const first = (await server.post('/login', { login: 'ann', password })).body
      const other = (await server.post('/login', { login: 'ann', password })).body
      let current = first
      for (let i = 0; i < 3; i++) {
        current = (await server.post('/refresh', { refreshToken: current.refreshToken })).body
        server.clock.advance(60_000)
      }
      expect((await server.post('/refresh', { refreshToken: first.refreshToken })).code).toBe('AUTH_REFRESH_INVALID')
      expect((await server.get('/me', current.accessToken)).code).toBe('CORE_SESSION_REVOKED')
      expect((await server.get('/me', other.accessToken)).status).toBe(200)
    })

    test('with a made-up token is refused and harms no session', async () => {
      await using server = await startApi(auth, newDatabase)
      const { refreshToken, accessToken } = await server.guest()
      const forged = refreshToken.replace(/\.0\./, '.7.')
      for (const bad of [forged, 'x', '', `${refreshToken}x`, accessToken]) {
        const { status, code } = await server.post('/refresh', { refreshToken: bad })
        expect([status, code]).toEqual([401, 'AUTH_REFRESH_INVALID'])
      }
      expect((await server.post('/refresh', { refreshToken })).status).toBe(200)
    })

    test('is over 30 days after the last time', async () => {
      await using server = await startApi(auth, newDatabase)
      const { refreshToken } = await server.guest()
      server.clock.advance(29 * 86_400_000)
      const { body } = await server.post('/refresh', { refreshToken })
      server.clock.advance(30 * 86_400_000)
      expect((await server.post('/refresh', { refreshToken: body.refreshToken })).code).toBe('AUTH_REFRESH_INVALID')
    })

    test('T5: a refresh token opens nothing by itself', async () => {
      await using server = await startApi(auth, newDatabase)
      const { refreshToken } = await server.guest()
      expect((await server.get('/me', refreshToken)).code).toBe('CORE_BAD_TOKEN')
    })
  })

  describe('sessions', () => {
    test('are listed with device and times, the one that asks marked', async () => {
      await using server = await startApi(auth, newDatabase)
      await server.post('/register', { login: 'ann', password, name: 'Ann' })
      server.clock.advance(60_000)
      const agent = 'Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0'
      const { body } = await call(`${server.api}/login`, { body: { login: 'ann', password }, headers: { 'user-agent': agent } })
      const { sessions } = (await server.get('/sessions', body.accessToken)).body
      expect(sessions.length).toBe(2)
      expect(sessions[0]).toEqual({
        id: decodeJwt(body.accessToken).sid as string,
        createdAt: '2026-11-20T12:01:00.000Z',
        lastSeenAt: '2026-11-20T12:01:00.000Z',
        device: 'Firefox on Linux',
        current: true,
      })
      expect(sessions[1]).toMatchObject({ createdAt: '2026-11-20T12:00:00.000Z', current: false })
    })

    test('end by logout', async () => {
      await using server = await startApi(auth, newDatabase)
      const { accessToken, refreshToken } = await server.guest()
      expect((await server.post('/logout', undefined, accessToken)).status).toBe(204)
      expect((await server.get('/me', accessToken)).code).toBe('CORE_SESSION_REVOKED')
      expect((await server.post('/refresh', { refreshToken })).code).toBe('AUTH_REFRESH_INVALID')
    })

    test('are revoked by their owner, once, and are no longer listed', async () => {
      await using server = await startApi(auth, newDatabase)
      await server.post('/register', { login: 'ann', password, name: 'Ann' })
      const [phone, desk] = [
        (await server.post('/login', { login: 'ann', password })).body,
        (await server.post('/login', { login: 'ann', password })).body,
      ]
      const id = decodeJwt(phone.accessToken).sid as string
      const revoke = () => server.remove(`/sessions/${id}`, desk.accessToken)
      expect((await revoke()).status).toBe(204)
      const again = await revoke()
      expect([again.status, again.code]).toEqual([404, 'AUTH_NO_SUCH_SESSION'])
      expect((await server.get('/me', phone.accessToken)).code).toBe('CORE_SESSION_REVOKED')
      const { sessions } = (await server.get('/sessions', desk.accessToken)).body
      expect(sessions.map((session: { id: string }) => session.id)).not.toContain(id)
    })

    test('of somebody else, or that never were, are AUTH_NO_SUCH_SESSION', async () => {
      await using server = await startApi(auth, newDatabase)
      const [ann, eve] = [await server.guest('Ann'), await server.guest('Eve')]
      for (const id of [decodeJwt(ann.accessToken).sid, 'S1', 'x', '%00', '__proto__']) {
        expect((await server.remove(`/sessions/${id}`, eve.accessToken)).code).toBe('AUTH_NO_SUCH_SESSION')
      }
      expect((await server.get('/me', ann.accessToken)).status).toBe(200)
    })

    test('are asked about only by who is signed in', async () => {
      await using server = await startApi(auth, newDatabase)
      for (const [method, path] of [
        ['POST', '/logout'],
        ['GET', '/sessions'],
        ['DELETE', '/sessions/S1'],
        ['POST', '/ticket'],
        ['GET', '/me'],
      ]) {
        const { status, code } = await call(server.api + path, { method: method as string })
        expect([path, status, code]).toEqual([path, 401, 'CORE_AUTH_REQUIRED'])
      }
    })

    test('T4: a token is CORE_TOKEN_EXPIRED half a minute after its end', async () => {
      await using server = await startApi(auth, newDatabase)
      const { accessToken } = await server.guest()
      server.clock.advance(629_000)
      expect((await server.get('/me', accessToken)).status).toBe(200)
      server.clock.advance(2_000)
      const { status, code } = await server.get('/me', accessToken)
      expect([status, code]).toEqual([401, 'CORE_TOKEN_EXPIRED'])
    })
  })
})

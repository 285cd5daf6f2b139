// What one look at a token costs, without sockets: `context.identify`, by kind of token, beside jose's jwtVerify.
// `bun test/bench/sign-in.ts` prints one JSON line: medians of five and the spread, in µs of CPU of all threads.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jwtVerify, SignJWT } from 'jose'
import { definePlugin, type Identity } from '#core'
import { catalogue } from '../../plugins/index.ts'
import { call } from '../support/http.ts'
import { startTestServer } from '../support/server.ts'
import { hostToken, secrets } from '../support/tokens.ts'
import { median } from './report.ts'

const rounds = 5
const times = 10_000

/** µs of CPU of one call, as often as it is measured. */
const cost = async (work: () => Promise<unknown>): Promise<number[]> => {
  const once = async (): Promise<number> => {
    const before = process.cpuUsage()
    for (let i = 0; i < times; i++) await work().catch(() => {})
    const { user, system } = process.cpuUsage(before)
    return (user + system) / times
  }
  await once()
  const found: number[] = []
  while (found.length < rounds) found.push(await once())
  return found
}

const { publicKey, privateKey } = generateKeyPairSync('ed25519')

const settingsIn = (folder: string): Record<string, string> => {
  const jwks = join(folder, 'keys.json')
  writeFileSync(jwks, JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] }))
  const host = { PARLEY_AUTH_HOST_JWKS: jwks, PARLEY_AUTH_HOST_ISSUER: 'host', PARLEY_AUTH_HOST_AUDIENCE: 'chat' }
  return { PARLEY_AUTH_SECRET: secrets.own, PARLEY_AUTH_HOST_SECRET: secrets.host, ...host }
}

const main = async (folder: string): Promise<void> => {
  const identity = catalogue.find(({ id }) => (id as string) === 'auth')
  if (!identity) throw new Error('the plugin auth is not in the catalogue')
  let identify: (request: Request) => Promise<Identity> = () => Promise.reject(new Error('not set up'))
  const asker = definePlugin({
    id: 'asker',
    setup: (context) => {
      identify = context.identify
      return {}
    },
  })
  await using server = await startTestServer([asker], { identity, env: settingsIn(folder) })
  const claims = { sub: 'ann', name: 'Ann', iss: 'host', aud: 'chat' }
  const shared = await hostToken(claims, Date.now())
  const eddsa = await new SignJWT(claims).setIssuedAt().setExpirationTime('5m').setProtectedHeader({ alg: 'EdDSA' }).sign(privateKey)
  const { accessToken } = (await call(`${server.url}/api/auth/guest`, { body: { name: 'Ann' } })).body
  const present = (token: string) => {
    const request = new Request('http://127.0.0.1/', { headers: { authorization: `Bearer ${token}` } })
    return cost(() => identify(request))
  }
  const key = await crypto.subtle.importKey('raw', Buffer.from(secrets.own), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify'])
  const options = { issuer: 'parley', audience: 'parley', typ: 'at+jwt', algorithms: ['HS256'] }
  const figures = {
    'access token': await present(accessToken),
    'host token, HS256': await present(shared),
    'host token, EdDSA': await present(eddsa),
    'wrong signature': await present(`${accessToken.slice(0, -4)}AAAA`),
    '100 KB': await present('a.'.repeat(51_200)),
    'jose jwtVerify, HS256': await cost(() => jwtVerify(accessToken, key, options)),
  }
  const summary = Object.entries(figures).map(([name, values]) => [name, { median: median(values), values }])
  process.stdout.write(`${JSON.stringify({ row: 'sign-in', unit: 'µs of CPU', figures: Object.fromEntries(summary) })}\n`)
}

const folder = mkdtempSync(join(tmpdir(), 'parley-sign-in-'))
await main(folder).finally(() => rmSync(folder, { recursive: true }))

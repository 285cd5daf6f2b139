import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { generateKeyPairSync, type KeyObject } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SignJWT } from 'jose'
import { quietLog } from '../../test/support/stores.ts'
import { codeOf, forge } from '../../test/support/tokens.ts'
import { KeySet } from './jwks.ts'
import { parseToken } from './jwt.ts'

interface Pair {
  readonly alg: string
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const pair = (alg: string): Pair => {
  if (alg === 'EdDSA') return { alg, ...generateKeyPairSync('ed25519') }
  if (alg === 'ES256') return { alg, ...generateKeyPairSync('ec', { namedCurve: 'P-256' }) }
  return { alg, ...generateKeyPairSync('rsa', { modulusLength: 2048 }) }
}
const jwk = (key: KeyObject, members: object = {}): object => ({ ...key.export({ format: 'jwk' }), ...members })
const [ed, ed2, ec, rsa] = [pair('EdDSA'), pair('EdDSA'), pair('ES256'), pair('RS256')]
const all = ['EdDSA', 'ES256', 'RS256']

const sign = ({ alg, privateKey }: Pair, header: object = {}): Promise<string> =>
  new SignJWT({ sub: 'ann' }).setProtectedHeader({ alg, ...header }).sign(privateKey)

const folder = mkdtempSync(join(tmpdir(), 'parley-jwks-'))
const servers: Server[] = []
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(async () => {
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
  rmSync(join(folder, 'keys.json'), { force: true })
})

/** A key set over a file with these keys, and a clock that the test moves. */
const fromFile = (keys: readonly object[] | string, algorithms: readonly string[] = all) => {
  const location = join(folder, 'keys.json')
  const write = (document: readonly object[] | string): void =>
    writeFileSync(location, typeof document === 'string' ? document : JSON.stringify({ keys: document }))
  write(keys)
  return { write, ...keySet(location, algorithms) }
}

const keySet = (location: string, algorithms: readonly string[] = all) => {
  const clock = { ms: 0 }
  const log = quietLog()
  const set = new KeySet({ location, algorithms, log, monotonic: () => clock.ms })
  const verify = async (token: string): Promise<boolean> => {
    const parsed = parseToken(token)
    return parsed !== undefined && set.verify(parsed)
  }
  return { set, verify, log, clock }
}

/** A host that serves `answer` and counts who asks. */
const host = async (answer: () => { status?: number; headers?: Record<string, string>; body: string }) => {
  const asked = { times: 0 }
  const server = createServer((_request, response) => {
    asked.times++
    const { status = 200, headers = {}, body } = answer()
    response.writeHead(status, headers).end(body)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys` }
}

describe('a token signed by a key of the set', () => {
  for (const signer of [ed, ec, rsa]) {
    test(`is accepted: ${signer.alg}, with its kid, and without one where there is only one such key`, async () => {
      const { verify } = fromFile([jwk(signer.publicKey, { kid: 'one' })])
      expect(await verify(await sign(signer, { kid: 'one' }))).toBe(true)
      expect(await verify(await sign(signer))).toBe(true)
    })
  }

  test('is refused when a character of it is changed', async () => {
    const { verify } = fromFile([jwk(ed.publicKey)])
    const token = await sign(ed)
    for (const at of [3, token.indexOf('.') + 3, token.length - 10]) {
      expect(await verify(token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1))).toBe(false)
    }
  })

  test('is refused when two keys would fit and it does not say which', async () => {
    const { verify } = fromFile([jwk(ed.publicKey, { kid: 'one' }), jwk(ed2.publicKey, { kid: 'two' })])
    expect(await verify(await sign(ed))).toBe(false)
    expect(await verify(await sign(ed, { kid: 'one' }))).toBe(true)
    expect(await verify(await sign(ed, { kid: 'two' }))).toBe(false)
  })
})

test('T6: a signature whose unused bits are set is refused', async () => {
  const { verify } = fromFile([jwk(ed.publicKey)])
  const token = await sign(ed)
  // 64 bytes are 86 characters, and the last one carries 2 bits of them.
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const twin = `${token.slice(0, -1)}${alphabet[alphabet.indexOf(token.slice(-1)) | 1]}`
  expect(Buffer.from(twin.split('.')[2] ?? '', 'base64url')).toEqual(Buffer.from(token.split('.')[2] ?? '', 'base64url'))
  expect([await verify(token), await verify(twin)]).toEqual([true, false])
})

describe('T1: an algorithm', () => {
  test('that is not set is not worth a look at the source', async () => {
    const source = await host(() => ({ body: JSON.stringify({ keys: [jwk(rsa.publicKey)] }) }))
    const { verify } = keySet(source.url, ['EdDSA'])
    for (const alg of ['none', 'RS256', 'HS256']) expect(await verify(forge({ alg }, { sub: 'ann' }, 'x'))).toBe(false)
    expect(source.asked.times).toBe(0)
  })

  test('that is not set is refused, whatever keys there are', async () => {
    const { verify } = fromFile([jwk(rsa.publicKey), jwk(ed.publicKey)], ['EdDSA'])
    expect(await verify(await sign(ed))).toBe(true)
    expect(await verify(await sign(rsa))).toBe(false)
    expect(await verify(forge({ alg: 'none' }, { sub: 'ann' }, 'x'))).toBe(false)
  })

  test('other than the key’s own is refused', async () => {
    const { verify } = fromFile([jwk(rsa.publicKey, { alg: 'RS512' })], ['RS256', 'RS512'])
    expect(await verify(await sign(rsa))).toBe(false)
    expect(await verify(await sign({ ...rsa, alg: 'RS512' }))).toBe(true)
  })

  test('HS256 with the public key as secret is refused, and shared secrets in the set are not used', async () => {
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' }) as string
    const secret = { kty: 'oct', k: Buffer.from(pem).toString('base64url'), alg: 'HS256' }
    const { verify } = fromFile([jwk(rsa.publicKey), secret], [...all, 'HS256'])
    expect(await verify(forge({ alg: 'HS256' }, { sub: 'ann' }, pem))).toBe(false)
  })
})

describe('T3: a kid', () => {
  test('that is not in the set is refused, even if it looks like a path, SQL or __proto__', async () => {
    const { verify } = fromFile([jwk(ed.publicKey, { kid: 'one' })])
    for (const kid of ['../../etc/passwd', "' OR 1=1 --", '__proto__', 'http://127.0.0.1/', ''])
      expect(await verify(await sign(ed, { kid }))).toBe(false)
  })

  test('that is unknown has the source read again at most once a minute', async () => {
    const source = await host(() => ({ body: JSON.stringify({ keys: [jwk(ed.publicKey, { kid: 'one' })] }) }))
    const { verify, clock } = keySet(source.url)
    expect(await verify(await sign(ed, { kid: 'one' }))).toBe(true)
    const unknown = await sign(ed2, { kid: 'two' })
    for (let i = 0; i < 20; i++) expect(await verify(unknown)).toBe(false)
    expect(source.asked.times).toBe(1)
    clock.ms += 60_000
    await Promise.all(Array.from({ length: 20 }, () => verify(unknown)))
    expect(source.asked.times).toBe(2)
  })

  test('of a new key is accepted once the source has it', async () => {
    const { verify, write, clock } = fromFile([jwk(ed.publicKey, { kid: 'one' })])
    const token = await sign(ed2, { kid: 'two' })
    expect(await verify(token)).toBe(false)
    write([jwk(ed2.publicKey, { kid: 'two' })])
    clock.ms += 60_000
    expect(await verify(token)).toBe(true)
    expect(await verify(await sign(ed, { kid: 'one' }))).toBe(false)
  })

  test('never leads to another address: the token’s jku is not fetched', async () => {
    const evil = await host(() => ({ body: JSON.stringify({ keys: [jwk(ed2.publicKey, { kid: 'evil' })] }) }))
    const { verify } = fromFile([jwk(ed.publicKey)])
    expect(await verify(await sign(ed2, { kid: 'evil', jku: evil.url }))).toBe(false)
    expect(await verify(await sign(ed2, { kid: evil.url }))).toBe(false)
    expect(evil.asked.times).toBe(0)
  })
})

describe('a key', () => {
  test('for encryption, of another kind, or broken is left out, and the others work', async () => {
    const odd = [null, 7, {}, { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }, jwk(ed2.publicKey, { use: 'enc' }), { kty: 'RSA', n: '' }]
    const { verify } = fromFile([...(odd as object[]), jwk(ed.publicKey)])
    expect(await verify(await sign(ed))).toBe(true)
  })

  test('that is private is used by its public half only', async () => {
    const { verify } = fromFile([jwk(ec.privateKey, { kid: 'one' })])
    expect(await verify(await sign(ec, { kid: 'one' }))).toBe(true)
  })

  test('of RSA with fewer than 2,048 bits is not used, and the log says so', async () => {
    const short = { alg: 'RS256', ...generateKeyPairSync('rsa', { modulusLength: 1024 }) }
    const { verify, log } = fromFile([jwk(short.publicKey)])
    // jose refuses to sign with it, too, so the signature is one that cannot be right anyway.
    expect(await verify(forge({ alg: 'RS256' }, { sub: 'ann' }, 'x'))).toBe(false)
    expect(log.lines).toContain('warn a key of the host application cannot be used')
  })
})

describe('the source', () => {
  test('that cannot be read yet makes tokens AUTH_KEYS_UNAVAILABLE, which says to come back', async () => {
    const { verify, log } = keySet(join(folder, 'absent.json'))
    const token = await sign(ed)
    expect(await codeOf(() => verify(token))).toBe('AUTH_KEYS_UNAVAILABLE')
    expect(log.lines).toEqual(['warn the host application’s keys could not be read'])
  })

  test('that is being read has tokens wait for it', async () => {
    const { verify, set } = fromFile([jwk(ed.publicKey)])
    const token = await sign(ed)
    const reading = set.reload()
    expect(await verify(token)).toBe(true)
    await reading
  })

  test('that fails later leaves the last keys in use', async () => {
    const { verify, write, set } = fromFile([jwk(ed.publicKey)])
    expect(await verify(await sign(ed))).toBe(true)
    for (const broken of ['', '{', '[]', '{"keys":7}', 'null']) {
      write(broken)
      await set.reload()
      expect(await verify(await sign(ed))).toBe(true)
    }
  })

  test('may withdraw keys: a set without them is no failure', async () => {
    const { verify, write, set } = fromFile([jwk(ed.publicKey)])
    expect(await verify(await sign(ed))).toBe(true)
    write([])
    await set.reload()
    expect(await verify(await sign(ed))).toBe(false)
  })

  const keys = JSON.stringify({ keys: [jwk(ed.publicKey)] })
  const bad = {
    'redirects elsewhere': async () => {
      const target = await host(() => ({ body: keys }))
      return host(() => ({ status: 302, headers: { location: target.url }, body: '' }))
    },
    'answers 500': () => host(() => ({ status: 500, body: keys })),
    'answers with 300 KB': () => host(() => ({ body: `${keys}${' '.repeat(300_000)}` })),
    'answers with HTML': () => host(() => ({ body: '<!doctype html>' })),
  }
  for (const [what, start] of Object.entries(bad)) {
    test(`that ${what} is not believed`, async () => {
      const { url } = await start()
      const { verify } = keySet(url)
      const token = await sign(ed)
      expect(await codeOf(() => verify(token))).toBe('AUTH_KEYS_UNAVAILABLE')
    })
  }
})

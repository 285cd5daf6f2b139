import { afterAll, expect, test } from 'bun:test'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as v from 'valibot'
import { codeOf, secrets } from '../../test/support/tokens.ts'
import { checks } from './checks.ts'
import { settings } from './settings.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-checks-'))
afterAll(() => rmSync(folder, { recursive: true }))

const look = async (given: object, what: string, production = false) => {
  const check = checks(v.parse(settings, given), { production }).find((one) => one.what === what)
  return check?.run()
}
const file = (keys: unknown): { hostJwks: string; hostIssuer: string; hostAudience: string } => {
  const hostJwks = join(folder, `${crypto.randomUUID()}.json`)
  writeFileSync(hostJwks, JSON.stringify({ keys }))
  return { hostJwks, hostIssuer: 'host', hostAudience: 'chat' }
}
const jwk = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })

test('the doctor says whether the secret is set, and fails without one in production', async () => {
  expect(await look({ secret: secrets.own }, 'secrets', true)).toBe('tokens are signed with the secret that is set')
  expect(await look({}, 'secrets')).toHaveProperty('note')
  expect(await codeOf(() => look({}, 'secrets', true))).toBe('CORE_BAD_SETTING')
})

test('the doctor counts the host’s keys, and notes those that cannot be used', async () => {
  expect(await look(file([jwk]), 'host keys')).toBe('1 for EdDSA')
  const broken = { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA' }
  expect(await look(file([jwk, broken]), 'host keys')).toEqual({ note: '1 for EdDSA; 1 cannot be used' })
})

test('the doctor fails when there is no key, or nothing to read', async () => {
  expect(await codeOf(() => look(file([]), 'host keys'))).toContain('no key')
  expect(await codeOf(() => look({ ...file([]), hostJwks: join(folder, 'absent.json') }, 'host keys'))).toBe('ENOENT')
  expect(await look({}, 'host keys')).toBeUndefined()
})

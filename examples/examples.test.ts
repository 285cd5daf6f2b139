// The READMEs' examples, run; and the doctor's report in DEPLOY.md, compared with a real one.
import { afterAll, beforeAll, describe, expect } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue } from '../plugins/index.ts'
import { Config } from '../src/config.ts'
import { doctor } from '../src/doctor.ts'
import type { Plugin } from '../src/plugin.ts'
import { selectRuntime } from '../src/runtime/select.ts'
import { readBlocks } from '../test/support/markdown.ts'
import { startTestServer, type TestServer } from '../test/support/server.ts'
import { testUnless } from '../test/support/skip.ts'
import { TestSocket } from '../test/support/socket.ts'

const plugins: readonly Plugin[] = catalogue
const missing = ['auth', 'rooms', 'chat'].filter((wanted) => !plugins.some(({ id }) => id === wanted))
const whole = testUnless(missing.length === 0 ? undefined : `not all plugins of the examples are here: no ${missing.join(', ')}`)

const secret = 'kR8sV2mQ0zX5bN7wT4yH1cJ6gD3fL9pA'
let server: TestServer
beforeAll(async () => {
  server = await startTestServer(plugins, { env: missing.length === 0 ? { PARLEY_AUTH_HOST_SECRET: secret } : {} })
})
afterAll(() => server.stop())

describe('connect.ts', () => {
  whole('it signs in, joins a room and stores a note', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'parley-connect-'))
    const text = readFileSync(join(import.meta.dir, 'connect.ts'), 'utf8')
    const file = join(folder, 'connect.ts')
    writeFileSync(file, text.replace('http://localhost:8787', server.url).replace('../src', join(import.meta.dir, '../src')))
    const child = Bun.spawn([process.execPath, file], { stdout: 'pipe' })
    let said = ''
    for await (const chunk of child.stdout) {
      said += new TextDecoder().decode(chunk)
      if (said.includes('\n')) break
    }
    child.kill()
    rmSync(folder, { recursive: true })
    expect(said).toBe('stored as number 1\n')
  })
})

describe('host-token.ts', () => {
  whole('a token of the host application signs its user in, by name and with its scope', async () => {
    process.env.PARLEY_AUTH_HOST_SECRET = secret
    const { tokenFor } = await import('./host-token.ts')
    const token = await tokenFor({ id: 'ann@example.com', name: 'Ann' })
    const socket = await TestSocket.open(server.url, ['parley.v1', `auth.${token}`])
    expect((await socket.next('core.welcome')).data.user).toEqual({ id: expect.stringMatching(/^U\d+$/), name: 'Ann' })
    expect(await socket.request('rooms.broadcast', { data: { text: 'all' } })).toEqual({ connections: 1 })
    delete process.env.PARLEY_AUTH_HOST_SECRET
  })
})

describe('DEPLOY.md', () => {
  whole(
    'shows what the doctor really says',
    async () => {
      const page = readFileSync(join(import.meta.dir, '../public/docs/DEPLOY.md'), 'utf8')
      const shown =
        readBlocks(page)
          .blocks.find(({ attributes }) => 'doctor' in attributes)
          ?.text.trimEnd()
          .split('\n') ?? []
      const env = { PARLEY_LIMIT: 'off', PARLEY_AUTH_SECRET: secret, DATABASE_URL: 'postgres://parley:hushed@127.0.0.1:5439/parley' }
      const parts: string[] = []
      const config = new Config({ env, file: {} })
      await doctor({ config, runtime: selectRuntime(), catalogue, write: (text) => void parts.push(text) })
      const said = parts.join('').split('\n')
      expect(shown.length).toBeGreaterThan(15)
      // Versions rise, somebody may have the port here, and `…` stands for lines that were left out.
      const lasting = shown.filter((line) => !/^$|^parley \d|^ {2}…$|^ {2}\S+ +port: /.test(line))
      expect(said.filter((line) => lasting.includes(line)).join('\n')).toBe(lasting.join('\n'))
    },
    15_000,
  )
})

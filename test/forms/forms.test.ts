// Parley in each of its five forms, seen from outside: the same few questions to each.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describeUnless } from '../support/skip.ts'
import { forms, imageTag, type Prepared, root } from './forms.ts'
import { inspectImage, runInContainer } from './image.ts'
import { Peer } from './peer.ts'
import { type Running, start } from './process.ts'

const patienceMs = 120_000
const dist = mkdtempSync(join(tmpdir(), 'parley-dist-'))

beforeAll(async () => {
  const child = Bun.spawn([process.execPath, join(root, 'scripts/build.ts'), '--outdir', dist], {
    cwd: root,
    stdout: 'inherit',
    stderr: 'inherit',
  })
  expect(await child.exited, 'npm run build').toBe(0)
}, patienceMs)
afterAll(() => rmSync(dist, { recursive: true }))

interface Tokens {
  readonly user: { readonly id: string }
  readonly accessToken: string
}

const guest = async (url: string, name: string): Promise<Tokens> => {
  const answer = await fetch(`${url}/api/auth/guest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  expect(answer.status).toBe(201)
  return (await answer.json()) as Tokens
}

const json = async (url: string): Promise<unknown> => (await fetch(url)).json()

test('a build names the packages inside it, and nothing of the machine it was made on', async () => {
  expect(await Bun.file(join(dist, 'parley.js')).text()).not.toContain(root)
  const notices = await Bun.file(join(dist, 'THIRD-PARTY.txt')).text()
  for (const name of ['hono', 'valibot', 'preact', 'drizzle-orm']) expect(notices).toMatch(new RegExp(`^${name} [0-9.]+ \\(`, 'm'))
})

for (const form of forms)
  describeUnless(form.unavailable)(form.name, () => {
    let prepared: Prepared
    let server: Running
    const at = (path: string) => server.url + path

    beforeAll(async () => {
      prepared = await form.prepare(dist)
      server = await start(prepared.launch)
    }, patienceMs)
    afterAll(() => prepared?.remove(), patienceMs)

    test('is alive and takes traffic', async () => {
      expect(await json(at('/healthz'))).toEqual({ status: 'ok' })
      expect(await json(at('/readyz'))).toEqual({ status: 'ready' })
    })

    test('serves the page with its script and style, under a content security policy', async () => {
      const page = await fetch(at('/'))
      expect(page.headers.get('content-security-policy')).toContain("script-src 'self'")
      const links = [...(await page.text()).matchAll(/"(\/assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1] as string)
      expect(links.length).toBeGreaterThanOrEqual(2)
      for (const link of links) expect((await fetch(at(link))).headers.get('cache-control')).toContain('immutable')
    })

    test('serves the documents', async () => {
      expect(await (await fetch(at('/docs/PROTOCOL.md'))).text()).toContain('# The Parley protocol')
      expect(await json(at('/docs/openapi.json'))).toHaveProperty('openapi')
    })

    test('carries a durable message between two guests', async () => {
      const [ann, bob] = [await guest(server.url, 'Ann'), await guest(server.url, 'Bob')]
      const [annPeer, bobPeer] = [new Peer(server.url, ann.accessToken), new Peer(server.url, bob.accessToken)]
      expect((await annPeer.next('core.welcome')).data.plugins).toEqual(['auth', 'rooms', 'chat', 'echo'])
      await bobPeer.next('core.welcome')
      const ack = await annPeer.request('chat.send', { to: bob.user.id, data: { text: 'Hello 你好', clientId: 'a-1' } })
      expect(await bobPeer.next('chat.posted')).toMatchObject({ from: ann.user.id, seq: 1, data: { text: 'Hello 你好', id: ack.data.id } })
      const history = await bobPeer.request('chat.history', { to: ann.user.id, data: {} })
      expect(history.data.messages).toMatchObject([{ seq: 1, data: { id: ack.data.id } }])
      for (const peer of [annPeer, bobPeer]) peer.close()
    })

    test('runs a plugin file from outside: its message, event, table and route', async () => {
      const { accessToken } = await guest(server.url, 'Eve')
      const peer = new Peer(server.url, accessToken)
      await peer.next('core.welcome')
      expect((await peer.request('echo.say', { data: { text: 'twice' } })).data).toEqual({ times: 1 })
      expect((await peer.next('echo.said')).data).toEqual({ text: 'twice' })
      expect(await json(at('/api/echo/count'))).toEqual({ count: 1 })
      peer.close()
    })

    if (form.name.startsWith('image')) {
      test('runs as a user of its own, and its health check succeeds', async () => {
        const container = prepared.container as string
        expect(await runInContainer(container, ['id', '-un'])).toBe('parley')
        const health = await runInContainer(container, ['parley', 'health'], ['--env', `PORT=${new URL(server.url).port}`])
        expect(health).toContain('ready')
      })

      test('tells an engine its port, its volume, its health check and how to stop it', async () => {
        expect(await inspectImage(imageTag)).toMatchObject({
          User: 'parley',
          ExposedPorts: { '8787/tcp': {} },
          Volumes: { '/data': {} },
          Healthcheck: { Test: ['CMD', 'parley', 'health'] },
          StopSignal: 'SIGTERM',
        })
      })
    }

    test('ends on SIGTERM with exit code 0', async () => {
      expect(await server.stop(prepared.terminate), server.said()).toBe(0)
    })
  })

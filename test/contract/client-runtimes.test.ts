// The same client in other programs: examples/node-client.mjs as one file on Node (with the package ws where it has no
// WebSocket), Deno and Bun, and the page of CLIENT.md in a browser, against the real server with real tokens.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue } from '../../plugins/index.ts'
import { type AnyProtocol, type Client, createClient } from '../../src/client/index.ts'
import type { Plugin } from '../../src/plugin.ts'
import { launchBrowser, whyNoBrowser } from '../support/browser.ts'
import { Talker } from '../support/client/talker.ts'
import { findDeno } from '../support/packages.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { testUnless } from '../support/skip.ts'

const root = join(import.meta.dir, '../..')
const byId = (id: string): Plugin | undefined => (catalogue as readonly Plugin[]).find((plugin) => plugin.id === id)
const [auth, rooms, chat] = ['auth', 'rooms', 'chat'].map(byId)
const missing = auth && rooms && chat ? undefined : 'the example needs the plugins auth, rooms and chat'

/** The page of CLIENT.md and the client as a file, on an origin of their own. */
const servePages = () =>
  Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: async ({ url }) => {
      if (new URL(url).pathname === '/parley-client.js') {
        const built = await Bun.build({ entrypoints: [join(root, 'src/client/index.ts')], target: 'browser', minify: true })
        return new Response(built.outputs[0])
      }
      const guide = await Bun.file(join(root, 'public/docs/CLIENT.md')).text()
      const page = /^```html file=browser.html\n(.*?)^```$/ms.exec(guide)?.[1] ?? ''
      return new Response(page, { headers: { 'content-type': 'text/html' } })
    },
  })

let server: TestServer
let folder: string
/** Another origin, which delivers the page and the client. */
let pages: ReturnType<typeof servePages>
let peer: Client<AnyProtocol>
let peerId = ''
const inLobby: string[] = []
let look = (): void => {}

const untilInLobby = (text: string): Promise<void> =>
  new Promise((resolve) => {
    look = () => {
      if (inLobby.includes(text)) resolve()
    }
    look()
  })

beforeAll(async () => {
  if (missing) return
  pages = servePages()
  server = await startTestServer([rooms as Plugin, chat as Plugin], {
    identity: auth as Plugin,
    env: { PARLEY_ORIGINS: pages.url.origin },
  })
  folder = await mkdtemp(join(tmpdir(), 'parley-client-'))
  await Bun.build({ entrypoints: [join(root, 'examples/node-client.mjs')], target: 'node', outdir: folder, naming: 'chat.mjs' })
  const signedIn = await fetch(`${server.url}/api/auth/guest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"name":"Peer"}',
  })
  const { user, accessToken } = (await signedIn.json()) as { user: { id: string }; accessToken: string }
  peerId = user.id
  peer = createClient({ url: server.url, token: async () => accessToken })
  peer.rooms.join('lobby', {
    onMessage: ({ data }) => {
      inLobby.push(String(data.text))
      look()
    },
  })
  peer.start()
})

afterAll(async () => {
  if (missing) return
  peer.stop()
  await pages.stop(true)
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

const node = Bun.which('node')
const runtimes: readonly (readonly [string, readonly string[], string | undefined])[] = [
  ['Node', [node ?? 'node'], node ? undefined : 'there is no node in PATH'],
  ['Deno', [findDeno(), 'run', '--allow-all', '--no-config', '--quiet'], undefined],
  ['Bun', [process.execPath], undefined],
]

testUnless(missing ?? whyNoBrowser)(
  'the page of CLIENT.md hears and is heard in a browser',
  async () => {
    const browser = await launchBrowser()
    try {
      const page = await browser.newPage()
      const failures: string[] = []
      page.on('pageerror', ({ message }) => failures.push(message))
      await page.goto(`${pages.url.origin}/browser.html?server=${encodeURIComponent(server.url)}`)
      await page.fill('input', 'hello from a browser')
      await page.press('input', 'Enter')
      await untilInLobby('hello from a browser')
      await peer.request('rooms.send', { text: 'hello, browser' }, { room: 'lobby' })
      await page.getByText('hello, browser').waitFor()
      expect(await page.locator('li').last().textContent()).toBe(`${peerId}: hello, browser`)
      expect(failures).toEqual([])
    } finally {
      await browser.close()
    }
  },
  60_000,
)

for (const [name, command, reason] of runtimes) {
  testUnless(missing ?? reason)(
    `a program on ${name} signs in, talks in a room and to one person, and ends when it is told to`,
    async () => {
      const talker = new Talker([...command, join(folder, 'chat.mjs'), server.url, name])
      try {
        const [, id = ''] = await talker.hears(/online as (U\d+)/)
        await talker.hears(new RegExp(`here: .*\\b${name}\\b`))
        talker.writes(`hello from ${name}`)
        await untilInLobby(`hello from ${name}`)
        talker.writes(`/to ${peerId} only you`)
        await talker.hears(new RegExp(`${id} → ${peerId} #1: only you`))
        await peer.chat.send(id, 'and back').done
        await talker.hears(new RegExp(`${peerId} → ${id} #2: and back`))
        expect(await talker.ends()).toBe(0)
        expect(await peer.request('chat.history', {}, { to: id })).toMatchObject({ head: 2 })
      } finally {
        talker.kill()
      }
    },
    30_000,
  )
}

test('the example is one file that bundles', async () => {
  const built = await Bun.build({ entrypoints: [join(root, 'examples/node-client.mjs')], target: 'node' })
  expect(built.success).toBe(true)
  expect(built.outputs.length).toBe(1)
})

// A chat in the terminal, for Node ≥ 20, Deno and Bun: what a program does with the client in one file.
//
//   bun build examples/node-client.mjs --target=node --outfile=chat.mjs
//   node chat.mjs http://localhost:8787 Ann          (deno run -A chat.mjs …, bun chat.mjs …)
//
// A line goes to the room `lobby`, `/to U… text` to one person. End with Ctrl-D: what is unsent is sent first.
import process from 'node:process'
import { createInterface } from 'node:readline'
import { createClient } from '../src/client/index.ts'

const [url = 'http://localhost:8787', name = 'Ann'] = process.argv.slice(2)
const say = (text) => process.stdout.write(`${text}\n`)

const post = async (path, body) => {
  const answer = await fetch(new URL(path, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const data = await answer.json()
  if (!answer.ok) throw new Error(data.error.message)
  return data
}

// The client asks for a token whenever it needs one: a fresh one from the refresh token, but the first time.
let tokens = await post('/api/auth/guest', { name })
let isFresh = true
const token = async () => {
  if (!isFresh) tokens = await post('/api/auth/refresh', { refreshToken: tokens.refreshToken })
  isFresh = false
  return tokens.accessToken
}

// Node has a WebSocket of its own from 22 on; before, the package `ws` gives one.
const WebSocket = globalThis.WebSocket ?? (await import('ws')).WebSocket
const client = createClient({ url, token, WebSocket })

client.onState((state) => {
  if (state.kind === 'online') say(`online as ${state.welcome.user.id}`)
  if (state.kind === 'waiting') say(`offline, back at ${new Date(state.retryAt).toISOString()}`)
  if (state.kind === 'closed') say('closed')
})
client.chat.onPosted(({ from, to, seq, data }) => say(`${from} → ${to} #${seq}: ${data.text}`))
const lobby = client.rooms.join('lobby', {
  recent: 10,
  onMembers: (members, count) => say(`${count} here: ${members.map((member) => member.name).join(', ')}`),
  onMessage: ({ from, seq, data }) => say(`lobby #${seq} ${from}: ${data.text}`),
})
client.start()

for await (const line of createInterface({ input: process.stdin })) {
  const direct = /^\/to (U\d+) (.+)$/.exec(line)
  if (direct) client.chat.send(direct[1], direct[2])
  else if (line !== '') await lobby.send({ text: line }).catch((error) => say(`not sent: ${error.message}`))
}

await Promise.allSettled(client.chat.unsent().map(({ done }) => done))
await lobby.leave()
client.stop()

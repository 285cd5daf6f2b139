// A backup that is put back while clients hold positions of later: nobody may take what is written next for what they have.
import { afterAll, expect, test } from 'bun:test'
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Program, startProgram } from './support/program.ts'
import { type Loose, TestSocket } from './support/socket.ts'

const folder = mkdtempSync(join(tmpdir(), 'parley-restore-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const path = join(folder, 'parley.db')

/** Run a server on the database for a while, and end it in order. */
const during = async <T>(args: readonly string[], work: (program: Program) => Promise<T>): Promise<T> => {
  const program = await startProgram({ args, folder, env: { DATABASE_URL: `sqlite:${path}`, PARLEY_LIMITS: 'off' } })
  try {
    return await work(program)
  } finally {
    await program.stop()
  }
}

const guest = async ({ url }: Program, name: string): Promise<Loose> => {
  const body = JSON.stringify({ name })
  const answer = await fetch(`${url}/api/auth/guest`, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return answer.json()
}

const connect = async ({ url }: Program, { accessToken }: Loose): Promise<TestSocket> => {
  const socket = await TestSocket.open(url, ['parley.v1', `auth.${accessToken}`])
  await socket.next('core.welcome')
  return socket
}

test('after parley --restored whoever holds a position of before is told to begin anew, and is given nothing else', async () => {
  const say = (socket: TestSocket, to: string, text: string): Promise<Loose> =>
    socket.request('chat.send', { text, clientId: text.replace(' ', '-') }, { to })
  const [ann, bob] = await during([], async (program) => {
    const people = [await guest(program, 'Ann'), await guest(program, 'Bob')]
    const socket = await connect(program, people[0])
    for (const text of ['first 1', 'first 2']) await say(socket, people[1].user.id, text)
    return people
  })
  const to = bob.user.id
  copyFileSync(path, `${path}.backup`)
  const before = await during([], async (program) => {
    const socket = await connect(program, ann)
    const { epoch } = await say(socket, to, 'lost 3')
    const { seq } = await say(socket, to, 'lost 4')
    return { epoch, seq, inbox: await socket.request('inbox.sync', { now: true }) }
  })
  for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true })
  copyFileSync(`${path}.backup`, path)
  await during(['--restored'], async (program) => {
    const socket = await connect(program, ann)
    for (const text of ['new 3', 'new 4', 'new 5']) await say(socket, to, text)
    const { epoch } = await say(socket, to, 'new 6')
    expect(epoch).not.toBe(before.epoch)
    const answer = await socket.request('chat.history', { after: before.seq, epoch: before.epoch }, { to })
    expect(answer).toEqual({ messages: [], head: 6, more: false, epoch, reset: { epoch, head: 6, oldest: 1 } })
    const since = { epoch: before.inbox.epoch, position: before.inbox.position }
    expect(await socket.request('inbox.sync', { since })).toMatchObject({ reset: true })
    const { messages } = await socket.request('chat.history', { epoch }, { to })
    expect(messages.map(({ data }: Loose) => data.text)).toEqual(['first 1', 'first 2', 'new 3', 'new 4', 'new 5', 'new 6'])
    expect((await socket.request('chat.search', { text: 'lost' })).hits).toEqual([])
  })
}, 30_000)

import { afterAll, beforeAll, expect, test } from 'bun:test'
import { startTestServer, type TestServer } from '../../test/support/server.ts'
import { TestSocket } from '../../test/support/socket.ts'
import { OldCalls } from './calls.ts'
import { fieldsOf } from './contents.ts'
import { isPlace, oldTime, readFrame, readSignal } from './frames.ts'
import { kamachat } from './index.ts'

const codeOf = (work: () => unknown): string | undefined => {
  try {
    work()
    return undefined
  } catch (failure) {
    return (failure as { code?: string }).code
  }
}

test('times are local, as KamaChat writes them', () => {
  expect(oldTime(new Date(2026, 0, 2, 3, 4, 5))).toBe('2026-01-02 03:04:05')
})

test('a place is on the web or below the page, and never a script or another host', () => {
  expect(['https://a.example/x', 'http://a.example/x', '/static/files/a.pdf'].filter(isPlace)).toHaveLength(3)
  expect(['javascript:alert(1)', '//evil.example/x', '/\\\\evil.example', 'data:text/html,x', 'file.pdf', ''].filter(isPlace)).toEqual([])
})

test('sizes come as numbers and as texts, and what is null is empty', () => {
  const read = readFrame(JSON.stringify({ type: 2, receive_id: 'U2', file_size: 12, url: null, session_id: 'S1', send_id: 'U9' }))
  expect(read).toMatchObject({ file_size: '12', url: null, content: '' })
  expect(read).not.toHaveProperty('send_id')
})

test('signals are read whether a description is a text or an object', () => {
  const signal = (sdp: unknown) => readSignal(JSON.stringify({ messageId: 'PROXY', type: 'offer', sdp }))
  expect(signal({ type: 'offer', sdp: 'v=0' })).toEqual(signal('v=0'))
  for (const bad of ['', '[]', 'null', '{"type":"offer"}', '{"messageId":"PROXY","type":"candidate"}'])
    expect(codeOf(() => readSignal(bad))).toBe('KAMACHAT_BAD_FRAME')
})

test('content of another plugin has no fields here', () => {
  expect(fieldsOf({ kind: 'poll', data: {} })).toBeUndefined()
  expect(fieldsOf({ kind: 'kamachat-file', data: { url: '/a', name: 'a', type: '', size: '' } })).toMatchObject({ type: 2, file_name: 'a' })
})

const call = (state: 'ringing' | 'active' | 'ended', mine?: number, theirs?: number) => ({
  id: 'C1',
  caller: 'U1',
  state,
  people: [
    { user: 'U1', ...(mine !== undefined && { party: { id: mine } }) },
    { user: 'U2', ...(theirs !== undefined && { party: { id: theirs } }) },
  ],
})
const start = { messageId: 'PROXY', type: 'start_call' } as const

test('a call that changes before its invitation is answered is known all the same', () => {
  const calls = new OldCalls('device-1', () => 'K1')
  expect(calls.hear('U2', start).asks[0]?.type).toBe('calls.invite')
  expect(calls.changed(call('active', 1, 2), 'U1').tells).toEqual([{ from: 'U2', signal: { type: 'receive_call' } }])
  expect(calls.changed(call('ringing', 1), 'U1').tells).toEqual([])
})

test('a second start_call while one is under way asks for nothing', () => {
  const calls = new OldCalls('device-1', () => 'K1')
  calls.hear('U2', start)
  expect(calls.hear('U2', start)).toEqual({ asks: [], tells: [] })
})

test('a signal before the other one is there is about no call', () => {
  const calls = new OldCalls('device-1', () => 'K1')
  expect(codeOf(() => calls.hear('U2', { messageId: 'PROXY', type: 'hangup' }))).toBe('KAMACHAT_NO_CALL')
  calls.invited({ ...call('ringing'), caller: 'U2' }, 'U1')
  expect(codeOf(() => calls.hear('U2', { messageId: 'PROXY', type: 'offer', sdp: 'v=0' }))).toBe('KAMACHAT_NO_CALL')
})

let server: TestServer
beforeAll(async () => {
  server = await startTestServer([kamachat], { env: { PARLEY_KAMACHAT_PATH: '/old' } })
})
afterAll(() => server.stop())

test('the path is a setting; without chat a text is refused and the connection stays', async () => {
  const open = (path: string) => TestSocket.open(`${server.url}${path}?client_id=U1&x=/ws`, ['parley.v1', 'auth.test.U1'])
  await expect(open('/wss')).rejects.toThrow()
  const client = await open('/old')
  for (let i = 0; i < 2; i++) {
    client.send({ type: 0, receive_id: 'U2', content: 'Hello' })
    expect((await client.take(({ error }) => error !== undefined, 'a refusal')).error?.code).toBe('CORE_UNKNOWN_TYPE')
  }
})

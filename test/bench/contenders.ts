// Who is compared in the rooms: Parley, the bare runtime, and the two servers that people would take instead.
import { join } from 'node:path'
import { TestSocket } from '../support/socket.ts'
import { type Bench, startParley, tokenLines } from './bench.ts'
import { type LoadOptions, pinned } from './load.ts'
import { tokenOf } from './people.ts'
import { type ServerProcess, startProcess } from './server.ts'

/** A server under test, and how wsload talks to it about rooms. */
export interface Contender {
  readonly name: string
  start(bench: Bench): Promise<ServerProcess>
  /** Get `conns` connections into their rooms; `frameBytes` is the length of what each delivery carries. */
  talk(bench: Bench, conns: number, frameBytes: number): LoadOptions
}

const peer = (file: string): string => join(import.meta.dir, 'peers', file)
const startPeer = (runtime: string, file: string, ...args: string[]): Promise<ServerProcess> =>
  startProcess({ command: pinned(0, [runtime, peer(file), ...args]) })

// The marker becomes 18 characters; `{pad}` fills up to the length that Parley's frame has.
const padded = (template: string, overhead: number, frameBytes: number): LoadOptions => {
  const bare = template.replace('{ts}', '@T0123456789012345').replace('{pad}', '').length + overhead
  return { msg: template, pad: Math.max(0, frameBytes - bare) }
}

/** Parley itself. */
export const parley: Contender = {
  name: 'parley',
  start: startParley,
  talk: (bench, conns) => ({
    path: '/ws',
    lines: tokenLines(bench, conns),
    subproto: 'parley.v1, auth.{1}',
    init: '{"id":"j","type":"rooms.join","room":"r{r}"}',
    ready: '"ack"',
    msg: '{"id":"{n}","type":"rooms.send","room":"r{r}","data":{"text":"{ts} hello"}}',
  }),
}

/** `Bun.serve` and its `publish`. */
export const bare: Contender = {
  name: 'bare Bun',
  start: () => startPeer(process.execPath, 'bare.ts'),
  talk: (_, _conns, frameBytes) => ({ path: '/?room=r{r}', ...padded('{"text":"{ts} hello","pad":"{pad}"}', 0, frameBytes) }),
}

/** The same, with a ping and a heartbeat to each connection every 24 seconds, which is what Parley does. */
export const bareBeating: Contender = {
  ...bare,
  name: 'bare Bun, beating',
  start: () => startPeer(process.execPath, 'bare.ts', 'beating'),
}

const node = Bun.which('node')

const onNode: readonly Contender[] = [
  {
    name: 'ws on Node',
    start: () => startPeer(node as string, 'ws.mjs'),
    talk: bare.talk,
  },
  {
    name: 'Socket.IO on Node',
    start: () => startPeer(node as string, 'socket-io.mjs'),
    talk: (_, _conns, frameBytes) => ({
      path: '/socket.io/?EIO=4&transport=websocket&room=r{r}',
      init: '40',
      ready: '40{"sid"',
      'pong-match': '2',
      'pong-reply': '3',
      ...padded('42["say",{"text":"{ts} hello","pad":"{pad}"}]', 0, frameBytes),
    }),
  },
]

/** All that can run here. */
export const contenders: readonly Contender[] = node === null ? [parley, bare] : [parley, bare, ...onNode]
/** Why some are missing, or `undefined`. */
export const missing = node === null ? 'Node is not in PATH: ws and Socket.IO are left out' : undefined

/** The length of a `rooms.sent` frame as the rooms' rows cause it, with a `seq` of five digits. */
export const frameBytesOf = async (bench: Bench): Promise<number> => {
  await using server = await startParley(bench)
  const socket = await TestSocket.open(server.url, ['parley.v1', `auth.${tokenOf(0)}`])
  await socket.request('rooms.join', {}, { room: 'r0' })
  await socket.request('rooms.send', { text: '@T0123456789012345 hello' }, { room: 'r0' })
  const sent = await socket.next('rooms.sent')
  return JSON.stringify({ ...sent, seq: 12_345 }).length
}

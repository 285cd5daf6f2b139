// What holds for connections that are no sockets.
import { expect, test } from 'bun:test'
import { definePlugin, type Inbound } from '#core'
import type { Ambient } from '../src/ambient.ts'
import type { Peer } from '../src/peer.ts'
import type { Peers } from '../src/peers.ts'
import { Sweeper } from '../src/sweep.ts'
import { startTestServer } from './support/server.ts'

test('an attached connection that never says anything stays open, and gets heartbeats', async () => {
  const frames: string[] = []
  const closed: number[] = []
  let inbound: Inbound | undefined
  const oneWay = definePlugin({
    id: 'one-way',
    capabilities: ['transport'],
    setup: ({ attach }) => ({
      hooks: {
        onConnect: async ({ kind }) => {
          if (kind !== 'websocket') return
          const write = (frame: string): 'sent' => {
            frames.push(frame)
            return 'sent'
          }
          const close = (code: number): void => {
            closed.push(code)
            inbound?.closed(code)
          }
          const transport = { kind: 'one-way', ip: '127.0.0.1', write, close }
          inbound = await attach(transport, { userId: 'U2', sessionId: 'S2', scope: [] })
        },
      },
    }),
  })
  await using server = await startTestServer([oneWay])
  await server.connect('U1')
  const peer = inbound?.connection as Peer
  let nowMs = performance.now()
  const clock = { now: () => Date.now(), monotonic: () => nowMs } as Ambient
  const opened = [peer]
  const sweeper = new Sweeper({ takeOpened: () => opened.splice(0) } as unknown as Peers, clock)
  for (let second = 0; second < 120; second++) {
    nowMs += 1_000
    sweeper.sweep()
  }
  expect(closed).toEqual([])
  expect(frames.filter((frame) => frame.includes('core.heartbeat')).length).toBeGreaterThanOrEqual(4)
})

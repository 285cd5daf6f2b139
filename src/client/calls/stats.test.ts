import { expect, test } from 'bun:test'
import { type Counted, qualityOf } from './stats.ts'
import type { Quality } from './types.ts'

/** What a browser has counted of one other party. */
interface Counts {
  readonly packetsReceived?: number
  readonly packetsLost?: number
  readonly responsesReceived?: number
}

const peerWith = ({ responsesReceived = 0, ...media }: Counts): Pick<RTCPeerConnection, 'getStats'> => ({
  getStats: async () =>
    new Map<string, unknown>([
      ['A', { id: 'A', type: 'inbound-rtp', kind: 'audio', ...media }],
      ['P', { id: 'P', type: 'candidate-pair', nominated: true, state: 'succeeded', responsesReceived }],
    ]) as unknown as RTCStatsReport,
})

/** What is said of each look, two seconds after the one before. */
const marks = async (...looks: readonly Counts[]): Promise<Quality['mark'][]> => {
  const said: Quality['mark'][] = []
  let before: Counted | undefined
  for (const [i, counts] of looks.entries()) {
    const { quality, counted } = await qualityOf(peerWith(counts), 'U2', { before, nowMs: 10_000 + i * 2_000 })
    before = counted
    said.push(quality.mark)
  }
  return said
}

test('a connection that nothing comes through for some seconds is silent, however little is lost', async () => {
  expect(await marks({ packetsReceived: 9 }, { packetsReceived: 99 }, { packetsReceived: 99 }, { packetsReceived: 99 })).toEqual([
    'good',
    'good',
    'good',
    'silent',
  ])
})

test('is not silent any more with the first packet', async () => {
  expect(await marks({}, {}, {}, { packetsReceived: 1 })).toEqual(['good', 'good', 'silent', 'good'])
})

test('somebody who sends neither sound nor picture is not silent, since their browser answers', async () => {
  const looks = [1, 2, 3, 4].map((responsesReceived) => ({ packetsReceived: 0, responsesReceived }))
  expect(await marks(...looks)).toEqual(['good', 'good', 'good', 'good'])
})

test('a connection that was replaced, and counts from nothing again, is not silent', async () => {
  expect(await marks({ packetsReceived: 500 }, { packetsReceived: 3 }, { packetsReceived: 3 })).toEqual(['good', 'good', 'good'])
})

test('of what was sent since the last look, 2 % lost are fair and 5 % are poor', async () => {
  const looks = [0, 3, 13].map((packetsLost, i) => ({ packetsLost, packetsReceived: 97 * (i + 1) }))
  expect(await marks(...looks)).toEqual(['good', 'fair', 'poor'])
})

// What getStats tells, as far as people and operators need it.
import type { Quality } from './types.ts'

/** A pair of candidates as it is reported: no addresses. */
export interface PairReport {
  readonly local: string
  readonly remote: string
  readonly protocol: string
  readonly state: string
  readonly relay?: string
  readonly nominated?: boolean
  readonly sent?: number
  readonly received?: number
}

type Stat = Readonly<Record<string, unknown>> & { readonly id: string; readonly type: string }

const statsOf = async (peer: RTCPeerConnection): Promise<ReadonlyMap<string, Stat>> => {
  const all = new Map<string, Stat>()
  const report = await peer.getStats()
  report.forEach((stat: Stat) => {
    all.set(stat.id, stat)
  })
  return all
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0)
const text = (value: unknown): string => (typeof value === 'string' ? value : '')
const atMost = 64

/** The pairs that were tried between two devices. */
export const pairsOf = async (peer: RTCPeerConnection): Promise<PairReport[]> => {
  const all = await statsOf(peer)
  return [...all.values()]
    .filter(({ type }) => type === 'candidate-pair')
    .slice(0, atMost)
    .flatMap((pair) => pairOf(pair, all))
}

const pairOf = (pair: Stat, all: ReadonlyMap<string, Stat>): PairReport[] => {
  const local = all.get(text(pair.localCandidateId))
  const remote = all.get(text(pair.remoteCandidateId))
  if (!local || !remote) return []
  return [
    {
      local: text(local.candidateType),
      remote: text(remote.candidateType),
      protocol: text(local.protocol),
      state: text(pair.state),
      ...(local.relayProtocol !== undefined && { relay: text(local.relayProtocol) }),
      ...(pair.nominated === true && { nominated: true }),
      sent: number(pair.bytesSent),
      received: number(pair.bytesReceived),
    },
  ]
}

/** What was counted the last time, so that figures are about what came since. */
export interface Counted {
  readonly atMs: number
  readonly bytes: number
  readonly lost: number
  readonly received: number
}

/** How well somebody comes in, and what was counted for the next time. */
export const qualityOf = async (
  peer: RTCPeerConnection,
  user: string,
  before: Counted | undefined,
): Promise<{ quality: Quality; counted: Counted }> => {
  const all = [...(await statsOf(peer)).values()]
  const inbound = all.filter(({ type }) => type === 'inbound-rtp')
  const sum = (key: string): number => inbound.reduce((total, stat) => total + number(stat[key]), 0)
  const counted: Counted = {
    atMs: performance.now(),
    bytes: sum('bytesReceived'),
    lost: sum('packetsLost'),
    received: sum('packetsReceived'),
  }
  const lost = Math.max(0, counted.lost - (before?.lost ?? 0))
  const received = Math.max(0, counted.received - (before?.received ?? 0))
  const loss = lost + received > 0 ? lost / (lost + received) : 0
  const seconds = before ? (counted.atMs - before.atMs) / 1_000 : 0
  const pair = all.find(({ type, nominated, state }) => type === 'candidate-pair' && nominated === true && state === 'succeeded')
  const rtt = pair?.currentRoundTripTime
  const rttMs = typeof rtt === 'number' ? rtt * 1_000 : undefined
  const video = inbound.find(({ kind }) => kind === 'video')
  const quality: Quality = {
    user,
    mark: markOf(loss, rttMs),
    rttMs,
    loss,
    // A connection that was renewed counts from nothing again.
    inKbps: seconds > 0 ? (Math.max(0, counted.bytes - (before?.bytes ?? 0)) * 8) / 1_000 / seconds : 0,
    framesDecoded: number(video?.framesDecoded),
    frameWidth: number(video?.frameWidth),
    path: pathOf(pair, new Map(all.map((stat) => [stat.id, stat]))),
  }
  return { quality, counted }
}

const pathOf = (pair: Stat | undefined, all: ReadonlyMap<string, Stat>): Quality['path'] => {
  const [report] = pair ? pairOf(pair, all) : []
  return report && { local: report.local, remote: report.remote, protocol: report.relay ?? report.protocol }
}

// ITU-T G.114: up to 150 ms one way nobody notices; with 5 % lost speech suffers, with 2 % one begins to hear it.
const markOf = (loss: number, rttMs = 0): Quality['mark'] => {
  if (loss > 0.05 || rttMs > 500) return 'poor'
  return loss > 0.02 || rttMs > 300 ? 'fair' : 'good'
}

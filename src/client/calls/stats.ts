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

const statsOf = async (peer: Pick<RTCPeerConnection, 'getStats'>): Promise<ReadonlyMap<string, Stat>> => {
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
  /** Everything that has come, by whatever count there is; and when that was last seen to rise. */
  readonly heard: number
  readonly heardAtMs: number
}

// Whoever sends neither sound nor picture still answers the browser's own questions, every 2.5 s in Chromium.
const silentMs = 3_500

/** How well somebody comes in, and what was counted for the next time. */
export const qualityOf = async (
  peer: Pick<RTCPeerConnection, 'getStats'>,
  user: string,
  { before, nowMs = performance.now() }: { readonly before: Counted | undefined; readonly nowMs?: number },
): Promise<{ quality: Quality; counted: Counted }> => {
  const all = [...(await statsOf(peer)).values()]
  const inbound = all.filter(({ type }) => type === 'inbound-rtp')
  const counted = count(all, before, nowMs)
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
    mark: nowMs - counted.heardAtMs >= silentMs ? 'silent' : markOf(loss, rttMs),
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

const count = (all: readonly Stat[], before: Counted | undefined, nowMs: number): Counted => {
  const sum = (wanted: string, ...keys: readonly string[]): number =>
    all.filter(({ type }) => type === wanted).reduce((total, stat) => keys.reduce((sub, key) => sub + number(stat[key]), total), 0)
  const received = sum('inbound-rtp', 'packetsReceived')
  const heard = received + sum('candidate-pair', 'bytesReceived', 'requestsReceived', 'responsesReceived')
  return {
    atMs: nowMs,
    bytes: sum('inbound-rtp', 'bytesReceived'),
    lost: sum('inbound-rtp', 'packetsLost'),
    received,
    heard,
    // It falls where a connection was replaced: that is no silence either.
    heardAtMs: before?.heard === heard ? before.heardAtMs : nowMs,
  }
}

const pathOf = (pair: Stat | undefined, all: ReadonlyMap<string, Stat>): Quality['path'] => {
  const [report] = pair ? pairOf(pair, all) : []
  return report && { local: report.local, remote: report.remote, protocol: report.relay ?? report.protocol }
}

// ITU-T G.114: up to 150 ms one way nobody notices; with 5 % lost speech suffers, with 2 % one begins to hear it.
const markOf = (loss: number, rttMs = 0): 'good' | 'fair' | 'poor' => {
  if (loss > 0.05 || rttMs > 500) return 'poor'
  return loss > 0.02 || rttMs > 300 ? 'fair' : 'good'
}

// Everything a call needs, tried before there is one.
import type { Ice } from './line.ts'
import { verdictOfMedia } from './local-media.ts'
import type { Preflight, Verdict } from './types.ts'
import { type Answer, codeOf, sentenceOf, verdictOfCode } from './verdict.ts'

const waitMs = 5_000
/** What a TURN server says to credentials that it does not take (RFC 8489, 14.8). */
const unauthorised = 401

/** Try microphone, camera and each kind of server; asks the person where permission is needed. Never rejects. */
export const preflight = async ({ servers }: Ice, language: 'en' | 'zh'): Promise<Preflight> => {
  const urls = (pattern: RegExp): RTCIceServer[] =>
    servers.flatMap((server) => {
      const fitting = [server.urls].flat().filter((url) => pattern.test(url))
      return fitting.length > 0 ? [{ ...server, urls: fitting }] : []
    })
  const [microphone, camera, stun, turnUdp, turnTcp] = await Promise.all([
    tryMedia('audio'),
    tryMedia('video'),
    ask(urls(/^stuns?:/), 'srflx'),
    ask(urls(/^turn:(?!.*transport=tcp)/), 'relay'),
    ask(urls(/^turns:|transport=tcp/), 'relay'),
  ])
  const code = codeOf({ microphone, camera, stun, turnUdp, turnTcp })
  return {
    microphone: microphone === undefined,
    camera: camera === undefined,
    ...(stun && { stun: stun === 'found' }),
    ...(turnUdp && { turnUdp: turnUdp === 'found' }),
    ...(turnTcp && { turnTcp: turnTcp === 'found' }),
    verdict: verdictOfCode(code),
    code,
    sentence: sentenceOf(code, language),
  }
}

const tryMedia = async (kind: 'audio' | 'video'): Promise<Verdict | undefined> => {
  try {
    const stream = await navigator.mediaDevices.getUserMedia({ [kind]: true })
    for (const track of stream.getTracks()) track.stop()
    return undefined
  } catch (failure) {
    return verdictOfMedia(kind, failure)
  }
}

/** What these servers say when they are asked for a candidate of the type. */
const ask = async (iceServers: RTCIceServer[], type: 'srflx' | 'relay'): Promise<Answer> => {
  if (iceServers.length === 0) return undefined
  const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: type === 'relay' ? 'relay' : 'all' })
  const { promise, resolve } = Promise.withResolvers<Answer>()
  const timer = setTimeout(() => resolve('silent'), waitMs)
  let hasOwn = false
  let failed: Answer
  peer.onicecandidateerror = ({ errorCode }) => {
    if (failed !== 'refused') failed = errorCode === unauthorised ? 'refused' : 'silent'
  }
  peer.onicecandidate = ({ candidate }) => {
    if (candidate?.type === type) resolve('found')
    else if (candidate?.type === 'host') hasOwn = true
    // A STUN server that says what we knew, because there is no NAT between, gives no candidate; it has answered all the same.
    else if (!candidate) resolve(failed ?? (type === 'srflx' && hasOwn ? 'found' : 'silent'))
  }
  try {
    peer.createDataChannel('preflight')
    await peer.setLocalDescription()
    return await promise
  } catch {
    return 'silent'
  } finally {
    clearTimeout(timer)
    peer.close()
  }
}

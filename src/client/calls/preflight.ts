// Everything a call needs, tried before there is one.
import type { Ice } from './line.ts'
import { verdictOfMedia } from './local-media.ts'
import type { Preflight, Verdict } from './types.ts'
import { sentenceOf } from './verdict.ts'

const waitMs = 5_000

/** Try microphone, camera and each kind of server; asks the person where permission is needed. Never rejects. */
export const preflight = async ({ servers }: Ice, language: 'en' | 'zh'): Promise<Preflight> => {
  const urls = (pattern: RegExp): RTCIceServer[] =>
    servers.flatMap((server) => {
      const fitting = [server.urls].flat().filter((url) => pattern.test(url))
      return fitting.length > 0 ? [{ ...server, urls: fitting }] : []
    })
  const [stun, udp, tcp] = [urls(/^stuns?:/), urls(/^turn:(?!.*transport=tcp)/), urls(/^turns:|transport=tcp/)]
  const [microphone, camera, ...found] = await Promise.all([
    tryMedia('audio'),
    tryMedia('video'),
    finds(stun, 'srflx'),
    finds(udp, 'relay'),
    finds(tcp, 'relay'),
  ])
  const [hasStun, hasUdp, hasTcp] = found
  const verdict = microphone ?? camera ?? verdictOfServers(found)
  return {
    microphone: microphone === undefined,
    camera: camera === undefined,
    ...(hasStun !== undefined && { stun: hasStun }),
    ...(hasUdp !== undefined && { turnUdp: hasUdp }),
    ...(hasTcp !== undefined && { turnTcp: hasTcp }),
    verdict,
    sentence: sentenceOf(verdict, language),
  }
}

// A relay by either way is enough; without any, devices in other networks may still be reached if STUN answers.
const verdictOfServers = ([stun, udp, tcp]: readonly (boolean | undefined)[]): Verdict | undefined => {
  if (udp || tcp) return undefined
  if (udp === false || tcp === false) return 'no_relay'
  return stun === false ? 'udp_blocked' : undefined
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

/** Whether these servers give a candidate of the type; `undefined` if there are none to ask. */
const finds = async (iceServers: RTCIceServer[], type: 'srflx' | 'relay'): Promise<boolean | undefined> => {
  if (iceServers.length === 0) return undefined
  const peer = new RTCPeerConnection({ iceServers, iceTransportPolicy: type === 'relay' ? 'relay' : 'all' })
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const timer = setTimeout(() => resolve(false), waitMs)
  peer.onicecandidate = ({ candidate }) => {
    if (candidate?.type === type) resolve(true)
    // Without an address of its own to compare with, a server's answer is no candidate; it has answered all the same.
    else if (!candidate) resolve(false)
  }
  peer.createDataChannel('preflight')
  await peer.setLocalDescription()
  const found = await promise
  clearTimeout(timer)
  peer.close()
  return found
}

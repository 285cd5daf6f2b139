// Why calls do not work, and who can mend it.
import type { PairReport } from './stats.ts'
import type { PreflightCode, Verdict } from './types.ts'

const sentences = {
  en: {
    no_microphone: 'No microphone was found. Plug one in, or choose another in the system settings.',
    no_camera: 'No camera was found, or another program uses it. Plug one in, or close that program.',
    not_permitted: 'The browser may not use the microphone or the camera. Allow it by the icon beside the address.',
    no_relay: 'The relay for calls cannot be reached. Whoever runs this server can mend it: its TURN server does not answer.',
    udp_blocked:
      'This network blocks calls, and there is no relay around it. Try another network; whoever runs this server can add a TURN server.',
    no_route: 'The two devices cannot reach each other. Try another network; whoever runs this server can add a TURN server.',
    signalling_lost: 'The connection to the server was lost. Look at your network.',
    media_stopped: 'Nothing comes through any more. Look at the networks on both sides.',
    unknown: 'The call did not work, and nothing here says why.',
    relay_refused:
      'The relay for calls does not take this server’s credentials. Whoever runs this server can mend it: both must have one secret.',
    tcp_only: 'Calls work, but this network blocks UDP, so sound may falter. Whoever runs the network can let UDP through.',
    no_stun: 'Calls work, but only through the relay: the STUN server does not answer. Whoever runs this server can mend it.',
    no_servers: 'Calls work within one network. For calls between networks, whoever runs this server can add STUN and TURN servers.',
    ready: 'Everything is ready for calls.',
  },
  zh: {
    no_microphone: '没有找到麦克风。请接上一个，或在系统设置里另选一个。',
    no_camera: '没有找到摄像头，或者它正被别的程序占用。请接上一个，或关闭那个程序。',
    not_permitted: '浏览器无权使用麦克风或摄像头。请点地址栏旁的图标允许使用。',
    no_relay: '无法连接通话中继。这需要服务器的管理员处理：TURN 服务器没有应答。',
    udp_blocked: '这个网络拦截了通话，又没有可绕行的中继。请换一个网络；服务器的管理员可以添加 TURN 服务器。',
    no_route: '两台设备无法互相连通。请换一个网络；服务器的管理员可以添加 TURN 服务器。',
    signalling_lost: '与服务器的连接断了。请检查你的网络。',
    media_stopped: '对方的声音和画面都收不到了。请检查双方的网络。',
    unknown: '通话没有成功，这里看不出原因。',
    relay_refused: '通话中继不接受本服务器的凭据。这需要服务器的管理员处理：两边的密钥必须一致。',
    tcp_only: '可以通话，但这个网络拦截了 UDP，声音可能会断续。网络的管理员可以放行 UDP。',
    no_stun: '可以通话，但只能经过中继：STUN 服务器没有应答。这需要服务器的管理员处理。',
    no_servers: '同一网络内可以通话。要在不同网络之间通话，服务器的管理员可以添加 STUN 和 TURN 服务器。',
    ready: '可以通话了。',
  },
} as const satisfies Record<'en' | 'zh', Record<PreflightCode, string>>

/** What is wrong and who can mend it; without a code, that all is well. */
export const sentenceOf = (code: PreflightCode | undefined, language: 'en' | 'zh' = 'en'): string => sentences[language][code ?? 'ready']

/** What a server said: what was asked of it, that we may not, or nothing in time. Absent: there is none. */
export type Answer = 'found' | 'refused' | 'silent' | undefined

/** What was tried, one after another. */
export interface Tried {
  readonly microphone: Verdict | undefined
  readonly camera: Verdict | undefined
  readonly stun: Answer
  readonly turnUdp: Answer
  readonly turnTcp: Answer
}

/** The worst of what was found. A relay by either way is enough; without any, others may still be reached if STUN answers. */
export const codeOf = ({ microphone, camera, stun, turnUdp, turnTcp }: Tried): PreflightCode => {
  const device = microphone ?? camera
  if (device) return device
  const relays = [turnUdp, turnTcp].filter((answer) => answer !== undefined)
  if (relays.length > 0 && !relays.includes('found')) return relays.includes('refused') ? 'relay_refused' : 'no_relay'
  if (turnUdp === 'silent') return 'tcp_only'
  if (stun === 'silent') return relays.length > 0 ? 'no_stun' : 'udp_blocked'
  return relays.length === 0 && stun === undefined ? 'no_servers' : 'ready'
}

/** The verdict that a code stands for; `undefined`: calls work. */
export const verdictOfCode = (code: PreflightCode): Verdict | undefined => {
  if (code === 'relay_refused') return 'no_relay'
  return code === 'tcp_only' || code === 'no_stun' || code === 'no_servers' || code === 'ready' ? undefined : code
}

/** What is known beside the pairs: whether there should have been a relay, and whether the server can be reached. */
export interface Surroundings {
  readonly hasTurn: boolean
  readonly isOnline: boolean
}

/** What the pairs that were tried say of why there is no way. */
export const verdictOf = (pairs: readonly PairReport[], { hasTurn, isOnline }: Surroundings): Verdict => {
  const types = new Set(pairs.map(({ local }) => local))
  if (pairs.some(({ state }) => state === 'succeeded')) return 'media_stopped'
  if (hasTurn && !types.has('relay')) return 'no_relay'
  if (pairs.length === 0) return isOnline ? 'no_route' : 'signalling_lost'
  return types.has('srflx') || types.has('prflx') ? 'no_route' : 'udp_blocked'
}

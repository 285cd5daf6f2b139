// Somebody with a device who calls, on a raw socket.
import type { Loose, TestSocket } from './socket.ts'

/** A session description with the least it may have. */
export const sdp = 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n'
/** A candidate as browsers write it. */
export const candidate = {
  candidate: 'candidate:1 1 udp 2122260223 192.0.2.1 54400 typ host generation 0',
  sdpMid: '0',
  sdpMLineIndex: 0,
}

let count = 0

/** A person's device, which numbers what it does. */
export class Caller {
  readonly id: string
  readonly user: string
  readonly socket: TestSocket
  #n = 0

  constructor(user: string, socket: TestSocket, id = `device-${++count}`) {
    this.id = id
    this.user = user
    this.socket = socket
  }

  invite(to: string, data: object = {}): Promise<Loose> {
    return this.socket.request('calls.invite', { clientId: `c-${++count}`, device: this.id, kind: 'audio', ...data }, { to })
  }

  do(verb: string, call: string, data: object = {}): Promise<Loose> {
    return this.socket.request(`calls.${verb}`, this.#fields(verb, call, data))
  }

  refusal(verb: string, call: string, data: object = {}): Promise<string> {
    return this.socket.refusal(`calls.${verb}`, this.#fields(verb, call, data))
  }

  signal(call: string, party: number, data: object): Promise<Loose> {
    return this.socket.request('calls.signal', { call, party, ...data })
  }

  signalRefusal(call: string, party: number, data: object): Promise<string> {
    return this.socket.refusal('calls.signal', { call, party, ...data })
  }

  /** The next event about a call, as `what state` or its like. */
  async told(event: string, what?: string): Promise<Loose> {
    const { data } = await this.socket.next(`calls.${event}`, ({ data }) => what === undefined || data.what === what)
    return data.call
  }

  /** What came of a kind so far, when all that was sent before has arrived. */
  async heard(type: string): Promise<Loose[]> {
    await this.socket.settle()
    return this.socket.frames.filter((frame) => frame.type === type)
  }

  #fields(verb: string, call: string, data: object): object {
    const isNumbered = verb !== 'ring' && verb !== 'resume'
    return { call, device: this.id, ...(isNumbered && { n: ++this.#n }), ...data }
  }
}

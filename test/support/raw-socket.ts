// Bytes on a TCP connection, and WebSocket frames put together by hand: for what no well-behaved client sends.
import { randomBytes } from 'node:crypto'
import { connect, type Socket } from 'node:net'
import type { Frame } from './socket.ts'

/** JSON as loose as the wire allows. */
export type Loose = Frame['data']

/** What came back on a raw HTTP request. */
export interface RawAnswer {
  /** 0 when the connection was closed without an answer. */
  readonly status: number
  /** Names in lower case; of equal ones the last. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** A WebSocket frame from the server. */
export interface RawFrame {
  readonly opcode: number
  readonly payload: Buffer
}

/** How a frame differs from an ordinary one: final, masked, with the shortest length. */
export interface FrameShape {
  readonly fin?: boolean
  readonly masked?: boolean
  /** The three reserved bits, 0–7; 4 is RSV1. */
  readonly reserved?: number
  /** Written as 64-bit length instead of the true one. */
  readonly announced?: bigint
}

const waitMs = 40_000

/** One frame as bytes. Opcodes: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
export const frame = (opcode: number, payload: string | Uint8Array = '', shape: FrameShape = {}): Buffer => {
  const { fin = true, masked = true, reserved = 0, announced } = shape
  const body = Buffer.from(payload as string)
  const first = (fin ? 0x80 : 0) | (reserved << 4) | opcode
  const head = Buffer.concat([Buffer.from([first]), lengthOf(body.length, masked, announced)])
  if (!masked) return Buffer.concat([head, body])
  const mask = randomBytes(4)
  return Buffer.concat([head, mask, body.map((byte, i) => byte ^ (mask[i % 4] ?? 0))])
}

const lengthOf = (length: number, masked: boolean, announced: bigint | undefined): Buffer => {
  const bit = masked ? 0x80 : 0
  if (announced === undefined && length < 126) return Buffer.from([bit | length])
  if (announced === undefined && length < 65_536) return Buffer.from([bit | 126, length >> 8, length & 0xff])
  const long = Buffer.alloc(9)
  long[0] = bit | 127
  long.writeBigUInt64BE(announced ?? BigInt(length), 1)
  return long
}

/** The payload of a close frame. */
export const closing = (code: number, reason: string | Uint8Array = ''): Buffer =>
  Buffer.concat([Buffer.from([code >> 8, code & 0xff]), Buffer.from(reason as string)])

const parseAnswer = (text: string): RawAnswer => {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const pairs = lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()])
  return { status: Number(first.split(' ')[1] ?? 0), headers: Object.fromEntries(pairs), body: rest.join('\r\n\r\n') }
}

const isWhole = ({ status, headers, body }: RawAnswer): boolean => {
  if (status === 0) return false
  if (status === 101 || status === 204 || status === 304) return true
  const length = headers['content-length']
  return length !== undefined ? Buffer.byteLength(body) >= Number(length) : body.endsWith('0\r\n\r\n')
}

/** A TCP connection to a server. */
export class RawSocket {
  /** Resolves when the server has ended the connection, with everything it sent. */
  readonly ended: Promise<Buffer>
  readonly #socket: Socket
  readonly #waiting = new Set<() => void>()
  #received = Buffer.alloc(0)
  #isOver = false

  constructor(socket: Socket) {
    this.#socket = socket
    const { promise, resolve } = Promise.withResolvers<Buffer>()
    this.ended = promise
    socket.on('data', (part) => {
      this.#received = Buffer.concat([this.#received, part as Buffer])
      this.#check()
    })
    const over = (): void => {
      this.#isOver = true
      this.#check()
      resolve(this.#received)
    }
    socket.on('end', over)
    socket.on('close', over)
    socket.on('error', over)
  }

  /** Connects; `localAddress` picks another loopback address to come from. */
  static connect(url: string, localAddress?: string): Promise<RawSocket> {
    const { hostname, port } = new URL(url)
    return new Promise((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), ...(localAddress !== undefined && { localAddress }) })
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        socket.setNoDelay(true)
        resolve(new RawSocket(socket))
      })
    })
  }

  get isOver(): boolean {
    return this.#isOver
  }

  write(bytes: string | Uint8Array): void {
    if (!this.#isOver) this.#socket.write(bytes)
  }

  /** Stop reading: what the server sends stays in the buffers. */
  pause(): void {
    this.#socket.pause()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  /** The answer to an HTTP request whose bytes have been written; status 0 if the connection ends without one. */
  async answer(): Promise<RawAnswer> {
    await this.#until('an answer', () => this.#isOver || isWhole(parseAnswer(this.#received.toString())))
    return parseAnswer(this.#received.toString())
  }

  /** Everything received so far is forgotten; what comes after stays. */
  forget(bytes: number): void {
    this.#received = this.#received.subarray(bytes)
  }

  get received(): Buffer {
    return this.#received
  }

  #check(): void {
    for (const check of [...this.#waiting]) check()
  }

  /** Resolves when `isSo` holds; looked at whenever bytes come or the connection ends. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    await this.#until(what, isSo)
  }

  #until(what: string, isSo: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (!isSo()) return
        clearTimeout(timer)
        this.#waiting.delete(check)
        resolve()
      }
      const timer = setTimeout(() => {
        this.#waiting.delete(check)
        reject(new Error(`${what} did not come within ${waitMs} ms; received: ${this.#received.subarray(0, 300)}`))
      }, waitMs)
      this.#waiting.add(check)
      check()
    })
  }
}

/** One HTTP request as bytes, and its answer. */
export const rawRequest = async (url: string, bytes: string | Uint8Array): Promise<RawAnswer> => {
  const socket = await RawSocket.connect(url)
  socket.write(bytes)
  try {
    return await socket.answer()
  } finally {
    socket.destroy()
  }
}

/** A correct handshake's header lines; `undefined` takes one away, a list repeats it. */
export const handshake = (
  url: string,
  changes: Readonly<Record<string, string | readonly string[] | undefined>> = {},
  path = '/ws',
): string => {
  const lines: Record<string, string | readonly string[] | undefined> = {
    Host: new URL(url).host,
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'parley.v1',
    ...changes,
  }
  const text = Object.entries(lines).flatMap(([name, value]) => (value === undefined ? [] : [value].flat().map((one) => `${name}: ${one}`)))
  return `GET ${path} HTTP/1.1\r\n${text.join('\r\n')}\r\n\r\n`
}

/** A WebSocket whose frames are made by hand. */
export class RawWebSocket {
  readonly raw: RawSocket
  /** Frames that came, control frames too, in order. */
  readonly frames: RawFrame[] = []
  #taken = 0

  constructor(raw: RawSocket) {
    this.raw = raw
  }

  /** Shakes hands; rejects if the answer is not 101. */
  static async open(url: string, changes: Parameters<typeof handshake>[1] = {}, localAddress?: string): Promise<RawWebSocket> {
    const raw = await RawSocket.connect(url, localAddress)
    raw.write(handshake(url, changes))
    await raw.until('the end of the handshake', () => raw.isOver || raw.received.includes('\r\n\r\n'))
    const { status } = parseAnswer(raw.received.toString())
    if (status !== 101) throw new Error(`the handshake was answered with ${status}`)
    raw.forget(raw.received.indexOf('\r\n\r\n') + 4)
    return new RawWebSocket(raw)
  }

  /** Send one or several frames in one write. */
  send(...frames: readonly Uint8Array[]): void {
    this.raw.write(Buffer.concat(frames))
  }

  /** Send a protocol message as a text frame. */
  message(message: object): void {
    this.send(frame(1, JSON.stringify(message)))
  }

  /** The next text frame as JSON, whatever came before it in between. */
  async next(type: string): Promise<Loose> {
    let found: Loose
    await this.raw.until(`a frame ${type}`, () => {
      this.#read()
      while (this.#taken < this.frames.length && !found) {
        const { opcode, payload } = this.frames[this.#taken++] as RawFrame
        if (opcode !== 1) continue
        const message = JSON.parse(payload.toString()) as { type: string }
        if (message.type === type) found = message
      }
      return found !== undefined || this.raw.isOver
    })
    if (!found) throw new Error(`the connection ended before ${type}`)
    return found
  }

  /** A frame of this opcode that has come or will. */
  async frame(opcode: number): Promise<RawFrame> {
    const find = (): RawFrame | undefined => {
      this.#read()
      return this.frames.find((one) => one.opcode === opcode)
    }
    await this.raw.until(`a frame with opcode ${opcode}`, () => find() !== undefined || this.raw.isOver)
    const found = find()
    if (!found) throw new Error(`the connection ended before a frame with opcode ${opcode}`)
    return found
  }

  /** The code of the server's close frame, which is answered as RFC 6455 demands; 1006 if the connection ends without one. */
  async closed(): Promise<{ code: number; reason: string }> {
    const find = (): RawFrame | undefined => {
      this.#read()
      return this.frames.find(({ opcode }) => opcode === 8)
    }
    await this.raw.until('a close frame', () => find() !== undefined || this.raw.isOver)
    const last = find()
    if (!last) return { code: 1006, reason: '' }
    this.send(frame(8, last.payload.subarray(0, 2)))
    return { code: last.payload.length < 2 ? 1005 : last.payload.readUInt16BE(0), reason: last.payload.subarray(2).toString() }
  }

  #read(): void {
    for (let length = this.#readOne(); length > 0; length = this.#readOne()) this.raw.forget(length)
  }

  // The length of the frame at the start of what was received, 0 if it is not whole yet. A server's frames are not masked.
  #readOne(): number {
    const bytes = this.raw.received
    const short = (bytes[1] ?? 0) & 0x7f
    const head = short < 126 ? 2 : short === 126 ? 4 : 10
    if (bytes.length < head) return 0
    const length = short < 126 ? short : short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
    if (bytes.length < head + length) return 0
    this.frames.push({ opcode: (bytes[0] ?? 0) & 0x0f, payload: Buffer.from(bytes.subarray(head, head + length)) })
    return head + length
  }
}

// Ways that can be shut, as firewalls do it: at one for UDP packets vanish and nothing answers, one for TCP lets nobody in.
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, connect as dial, type Socket as TcpSocket } from 'node:net'

/** A UDP port before another one. */
export interface UdpGate extends AsyncDisposable {
  readonly port: number
  /** From now on every packet vanishes, in both directions. */
  shut(): void
  /** Packets that have vanished. */
  readonly dropped: number
}

/** A gate on loopback before `target`; each address that sends has a socket of its own behind it. */
export const openUdpGate = async (target: number): Promise<UdpGate> => {
  const front = createSocket('udp4')
  const behind = new Map<string, Socket>()
  let dropped = 0
  let isShut = false
  const passes = (): boolean => {
    if (isShut) dropped++
    return !isShut
  }
  const socketFor = ({ address, port }: RemoteInfo): Socket => {
    const key = `${address}:${port}`
    const known = behind.get(key)
    if (known) return known
    const socket = createSocket('udp4')
    behind.set(key, socket)
    socket.on('message', (packet) => void (passes() && front.send(packet, port, address)))
    // The server behind it may be gone for a while.
    socket.on('error', () => undefined)
    return socket
  }
  front.on('message', (packet, from) => void (passes() && socketFor(from).send(packet, target, '127.0.0.1')))
  front.bind(0, '127.0.0.1')
  await once(front, 'listening')
  return {
    port: front.address().port,
    get dropped() {
      return dropped
    },
    shut: () => {
      isShut = true
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of [front, ...behind.values()]) socket.close()
    },
  }
}

/** A TCP port before another one, shut at first. */
export interface TcpGate extends AsyncDisposable {
  readonly port: number
  open(): void
}

/** A gate on loopback before `target`. */
export const openTcpGate = async (target: number): Promise<TcpGate> => {
  let isOpen = false
  const sockets = new Set<TcpSocket>()
  const keep = (socket: TcpSocket): void => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
  }
  const server = createServer((socket) => {
    keep(socket)
    if (!isOpen) return void socket.destroy()
    const inner = dial(target, '127.0.0.1')
    keep(inner)
    socket.pipe(inner).pipe(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    open: () => {
      isOpen = true
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

// Some of those who listen to a group stop reading: they are cut off, and cost the others nothing. Once they are back they
// learn of everything.
import { expect, test } from 'bun:test'
import { RawWebSocket } from '../support/raw-socket.ts'
import { Device } from './device.ts'
import { Line } from './line.ts'
import { isLong, type Scene, startScene } from './scene.ts'

const slow = isLong ? 50 : 4
const people = slow + 10
const listeners = isLong ? 1_000 - slow - people : 30
const suiteMs = isLong ? 300_000 : 90_000
// What the kernel's buffers take before the server notices, and then some.
const mostMessages = 2_000
// 48 KB on the wire.
const text = '慢'.repeat(16_000)
const mib = 1_048_576

/** Counts the group's messages, and looks at none. */
class Listener {
  readonly ready: Promise<void>
  #count = 0
  #wanted = Number.POSITIVE_INFINITY
  readonly #heard = Promise.withResolvers<void>()

  constructor(url: string, token: string) {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, ['parley.v1', `auth.${token}`])
    const ready = Promise.withResolvers<void>()
    this.ready = ready.promise
    this.#heard.promise.catch(() => undefined)
    socket.onmessage = ({ data }) => {
      const head = String(data).slice(0, 30)
      if (head.includes('core.welcome')) ready.resolve()
      else if (head.includes('chat.posted')) this.#count++
      if (this.#count >= this.#wanted) this.#heard.resolve()
    }
    socket.onclose = () => {
      ready.reject(new Error('a listener was not let in'))
      this.#heard.reject(new Error('a listener was cut off'))
    }
  }

  /** Resolves when that many came; rejects if it was cut off before. */
  heard(count: number): Promise<void> {
    this.#wanted = count
    if (this.#count >= count) this.#heard.resolve()
    return this.#heard.promise
  }
}

const tokenOf = ({ devices }: Scene, index: number): string => devices[index % devices.length]?.options.person.token ?? ''

/** Resolves with the lines of those who read nothing from now on. They sit in a room, so that one can see them go. */
const stopReading = async (scene: Scene): Promise<RawWebSocket[]> => {
  const sockets: RawWebSocket[] = []
  for (let i = 0; i < slow; i++) {
    const socket = await RawWebSocket.open(scene.program.url, { Authorization: `Bearer ${tokenOf(scene, i)}` })
    await socket.next('core.welcome')
    socket.message({ id: 'j', type: 'rooms.join', room: 'slow' })
    await socket.next('ack')
    socket.raw.pause()
    sockets.push(socket)
  }
  return sockets
}

interface Told {
  readonly sent: number
  /** From each send to its acknowledgement. */
  readonly ackMs: readonly number[]
  readonly mostBytes: number
}

/** Write to the group until all of the slow ones are gone. */
const write = async (scene: Scene, gone: () => number): Promise<Told> => {
  const [writer] = scene.devices.slice(slow)
  const ackMs: number[] = []
  let mostBytes = 0
  while (gone() < slow && ackMs.length < mostMessages) {
    const startedAt = performance.now()
    writer?.say(text, scene.group, scene.group)
    await writer?.settled()
    ackMs.push(performance.now() - startedAt)
    mostBytes = Math.max(mostBytes, scene.program.residentBytes())
  }
  return { sent: ackMs.length, ackMs: ackMs.sort((a, b) => a - b), mostBytes }
}

test(
  `${slow} of ${listeners + people + slow} who stop reading are cut off, and the others miss nothing`,
  async () => {
    const scene = await startScene({ people, hasGroup: true })
    let gone = 0
    const watch = new Line(scene.program.url, tokenOf(scene, people - 3), 'watch', {
      open: () => {},
      event: ({ type }) => {
        if (type === 'rooms.left') gone++
      },
      close: () => {},
    })
    try {
      await watch.welcome
      await watch.ask('rooms.join', {}, { room: 'slow' })
      const all: Listener[] = []
      for (let i = 0; i < listeners; i++) {
        const listener = new Listener(scene.program.url, tokenOf(scene, slow + (i % (people - slow - 2))))
        await listener.ready
        all.push(listener)
      }
      const sockets = await stopReading(scene)
      const before = scene.program.residentBytes()
      const { sent, ackMs, mostBytes } = await write(scene, () => gone)
      const p = (share: number): number => Math.round(ackMs[Math.floor((ackMs.length - 1) * share)] ?? 0)
      console.info(
        `fault: slow readers: ${gone} of ${slow} cut off after ${sent} messages to ${listeners + people + slow}, ack ${p(0.5)} ms (p50), ${p(0.99)} ms (p99), memory ${Math.round((mostBytes - before) / mib)} MiB more at the most`,
      )
      expect(gone).toBe(slow)
      await Promise.all(all.map((listener) => listener.heard(sent)))
      const back = scene.devices.slice(0, slow).map(({ options }) => new Device({ ...options, name: 'back' }))
      for (const device of back) device.follow(scene.group, scene.group, 0)
      await Promise.all(back.map((device) => device.connect(scene.program.url)))
      await Promise.all(back.map((device) => device.catchUp()))
      const { violations, counts } = await scene.verdict('slow-readers', 1)
      expect(violations).toEqual([])
      expect(counts.acknowledged).toBe(sent)
      expect(mostBytes - before).toBeLessThan((slow * 1.2 + 150) * mib)
      for (const { raw } of sockets) raw.destroy()
    } finally {
      scene.program.signal('SIGKILL')
      scene.remove()
    }
  },
  suiteMs,
)

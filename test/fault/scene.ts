// A real server, people who write to each other and in a group, and what they read of it in the end.
import { Database } from 'bun:sqlite'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Program, startProgram } from '../support/program.ts'
import { type Frame, TestSocket } from '../support/socket.ts'
import { secrets } from '../support/tokens.ts'
import { App } from './app.ts'
import { rowOf } from './book.ts'
import { check, describeVerdict, type Verdict } from './check/checker.ts'
import type { Event, EventOf, Row } from './check/event.ts'
import { Device, type Person } from './device.ts'
import { History } from './history.ts'
import { Wanderer } from './wanderer.ts'

/** Whether this is `npm run test:fault`. */
export const isLong = process.env.PARLEY_FAULT === 'long'

/** What a scene is set with. */
export interface SceneOptions {
  /** The server's own SQLite file if absent. */
  readonly databaseUrl?: string | undefined
  /** How many people write, an even number; two neighbours write to each other. */
  readonly people: number
  /** The server's working folder, with its SQLite file; a temporary one if absent. */
  readonly folder?: string
  /** Whether they have a group as well, of which the last two people are in and out. */
  readonly hasGroup?: boolean
  /** Whether they send again what was refused for now. */
  readonly arePatient?: boolean
  /** Modules that the server loads before its own. */
  readonly preload?: string
}

type StartOptions = NonNullable<Parameters<typeof startProgram>[0]>

const tickMs = 100
const healthEveryMs = 500
/** Every so many messages one goes to the group. */
const groupEvery = 5
/** Every so many bursts somebody joins or leaves. */
const wanderEvery = 4

/** One conversation as it was read in the end. */
type Final = EventOf<'final'>

/** Everything that takes part in a fault test. */
export class Scene {
  readonly history = new History()
  readonly devices: readonly Device[]
  program: Program
  readonly #start: StartOptions
  readonly #people: readonly Person[]
  readonly #onBurst = new Set<() => void>()
  readonly #complaints: string[] = []
  #group: string | undefined
  #wanderers: readonly Wanderer[] = []
  readonly #apps = new Map<App, { readonly conv: string; readonly to: string }>()
  #timer: ReturnType<typeof setInterval> | undefined
  #health: ReturnType<typeof setInterval> | undefined
  #said = 0
  #isHeld = false
  #bursts = 0

  constructor(program: Program, people: readonly Person[], start: StartOptions, isPatient = false) {
    this.program = program
    this.#people = people
    this.#start = { ...start, folder: program.folder }
    const { history } = this
    this.devices = people.map((person, index) => new Device({ person, peer: people[index ^ 1] as Person, history, isPatient }))
  }

  /** The group of everybody, where the scene has one. */
  get group(): string {
    return this.#group ?? ''
  }

  /** Connect everybody. */
  async connect(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.connect(this.program.url)))
  }

  /** Let the first make a group of all but the last two, who come and go. */
  async makeGroup(): Promise<void> {
    const [owner, ...others] = this.devices
    const members = others.slice(0, -2)
    // They may be shown its first entry before the owner has the answer.
    const t_ns = this.history.now()
    const answer = await owner?.ask('chat.create', { name: 'All', users: members.map(idOf), joining: 'open' })
    const group = answer?.data?.id as string
    this.#group = group
    for (const device of [owner as Device, ...members]) {
      const about = { f: 'join', t_ns, proc: device.proc, conv: group, user: idOf(device), bound: 1 } as const
      this.history.events.push({ ...about, type: 'invoke' }, { ...about, type: 'ok' })
      device.follow(group, group, 0)
    }
    await Promise.all(this.devices.map((device) => device.catchUp()))
    this.#openApp(this.devices[1] as Device, (this.devices[1] as Device).pair)
    this.#openApp(this.devices[2] as Device, group)
    this.#wanderers = others.slice(-2).map((device) => new Wanderer(device, group, this.history))
  }

  /** Let people write, `perSecond` messages in all, in bursts, until `quiet`. */
  load(perSecond: number): void {
    this.#timer = setInterval(() => {
      if (!this.#isHeld) this.burst((perSecond * tickMs) / 1_000)
      for (const [app, { conv, to }] of this.#apps) app.say(conv, to, `app ${this.#bursts}`)
      if (++this.#bursts % wanderEvery === 0) void this.#wanderers[(this.#bursts / wanderEvery) % 2]?.step()
      for (const tell of this.#onBurst) tell()
      this.#onBurst.clear()
    }, tickMs)
  }

  /** Ask again and again whether the server lives, where a machine that does nothing else may be expected to answer. */
  watch(): void {
    this.#health = setInterval(() => void this.#lookAtHealth(), healthEveryMs)
  }

  /** Write `count` messages at once, by one person after another. */
  burst(count: number): void {
    for (let i = 0; i < count; i++) {
      const number = this.#said++
      const text = `message ${number} ${'·'.repeat(number % 200)}`
      const device = this.devices[number % this.devices.length] as Device
      const isToGroup = this.#group !== undefined && number % groupEvery === 0 && !this.#isWandering(device)
      if (isToGroup) device.say(text, this.#group, this.#group)
      else device.say(text)
    }
  }

  /** Resolves in the moment in which a burst has been written. */
  nextBurst(): Promise<void> {
    return new Promise((resolve) => this.#onBurst.add(resolve))
  }

  quiet(): void {
    clearInterval(this.#timer)
    clearInterval(this.#health)
  }

  /** Somebody's app shows a conversation, beside the device that keeps the records. */
  #openApp({ options: { person, peer, history } }: Device, conv: string): void {
    const app = new App({ person, history, url: () => this.program.url })
    const to = conv === this.#group ? conv : peer.id
    app.open(conv, to)
    this.#apps.set(app, { conv, to })
  }

  /** Resolves when the server has taken everything that was written so far, though it may not have answered it. */
  async taken(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.ask('core.ping')))
  }

  /** Resolves when everything that was written has its answer. */
  async settled(): Promise<void> {
    await Promise.all(this.devices.map((device) => device.settled()))
  }

  /** How many messages have no answer yet. */
  get unanswered(): number {
    return this.devices.reduce((sum, device) => sum + device.unanswered, 0)
  }

  /** Resolves when no more than `most` wait for their answer; nobody writes anything new meanwhile. */
  async keptUp(most: number): Promise<void> {
    this.#isHeld = true
    while (this.unanswered > most) {
      for (const device of this.devices) device.sendOpen()
      await this.nextBurst()
    }
    this.#isHeld = false
  }

  /** Send what is open until nothing is. */
  async clear(): Promise<void> {
    while (this.unanswered > 0) {
      for (const device of this.devices) device.sendOpen()
      await this.taken()
    }
  }

  /** Something is about to be done to the server; `seen` when it has been. */
  fault(name: string): void {
    this.history.add({ f: 'fault', type: 'invoke', proc: 'test', name })
  }

  seen(name: string): void {
    this.history.add({ f: 'fault', type: 'ok', proc: 'test', name })
  }

  healed(): void {
    this.history.add({ f: 'heal', type: 'ok', proc: 'test' })
  }

  /** What the servers of this scene logged as errors. */
  get complaints(): readonly string[] {
    return [...this.#complaints, ...errorsIn(this.program.said())]
  }

  /** `kill -9`; resolves with the exit code once every connection has ended. */
  async kill(): Promise<number> {
    this.fault('kill')
    this.program.signal('SIGKILL')
    const code = await this.program.exited
    if (code !== 0) this.seen('kill')
    await Promise.all(this.devices.map(({ closed }) => closed))
    this.#complaints.push(...errorsIn(this.program.said()))
    return code
  }

  /** Start a server again on what the last one left, and connect everybody. */
  async restart(): Promise<void> {
    this.program = await startProgram(this.#start)
    this.healed()
    for (const app of this.#apps.keys()) app.hurry()
    await this.connect()
  }

  /** Read every conversation from its first entry on, as a new connection does, and write it into the history. */
  async readAll(url = this.program.url): Promise<readonly Final[]> {
    const readers = this.devices.filter((_, index) => index % 2 === 0)
    const finals = await Promise.all(readers.map(({ pair, options }) => this.#read(url, options.person, pair, options.peer.id)))
    if (this.#group !== undefined) finals.push(await this.#read(url, this.#people[0] as Person, this.#group, this.#group))
    return finals
  }

  /** Let everybody catch up, read everything, and check it. */
  async verdict(name: string, least: number): Promise<Verdict> {
    for (const app of this.#apps.keys()) await app.settled()
    const finals = await this.readAll()
    for (const { conv, head } of finals) {
      const behind = this.devices.filter((device) => this.#isIn(device, conv) && device.cursorOf(conv) < head)
      for (const device of behind) while (device.cursorOf(conv) < head) await device.catchUp()
    }
    for (const [app, { conv }] of this.#apps) await app.reached(conv, finals.find((final) => final.conv === conv)?.head ?? 0)
    for (const final of finals) this.history.events.push(final)
    this.#bound()
    this.history.keep(name)
    const verdict = check(this.history.events, least)
    console.info(`fault: ${name}: ${describeVerdict(verdict)}`)
    return verdict
  }

  /** What is on disk, once the server has ended. SQLite only. */
  storage(path = join(this.program.folder, 'data/parley.db')): void {
    const finals = new Map(this.history.events.flatMap((event) => (event.f === 'final' ? [[event.conv, event.head]] : [])))
    this.history.add(storageOf(path, finals))
  }

  /** End the server as an operator does; its exit code. What it wrote to disk is kept until `remove`. */
  async stop(): Promise<number> {
    this.quiet()
    return this.program.stop()
  }

  remove(): void {
    for (const app of this.#apps.keys()) app.stop()
    rmSync(this.program.folder, { recursive: true, force: true })
  }

  async #read(url: string, reader: Person, conv: string, to: string): Promise<Final> {
    const socket = await TestSocket.open(url, ['parley.v1', `auth.${reader.token}`])
    const rows: Row[] = []
    let head = 0
    for (let more = true; more; ) {
      const page = await socket.request('chat.history', { after: rows.at(-1)?.seq ?? 0, limit: 200 }, { to })
      for (const frame of page.messages as Frame[]) {
        rows.push(rowOf(frame))
        this.#moves.push(...movesOf(frame))
      }
      ;({ more, head } = page)
    }
    await socket.close()
    return { f: 'final', type: 'ok', t_ns: this.history.now(), proc: 'reader', conv, head, rows }
  }

  /** Who joined and left the group, in the order of its log. */
  #moves: { f: 'join' | 'leave'; user: string; seq: number }[] = []

  // The log says from where on, and up to where, each of them may read.
  #bound(): void {
    const { events } = this.history
    for (const [index, event] of events.entries()) {
      if ((event.f !== 'join' && event.f !== 'leave') || event.type !== 'ok' || event.bound !== undefined) continue
      const at = this.#moves.findIndex(({ f, user }) => f === event.f && user === event.user)
      const [move] = at < 0 ? [] : this.#moves.splice(at, 1)
      if (move) events[index] = { ...event, bound: move.seq }
    }
  }

  #isWandering(device: Device): boolean {
    return this.#wanderers.some((wanderer) => wanderer.device === device)
  }

  #isIn(device: Device, conv: string): boolean {
    return device.pair === conv || (conv === this.#group && !this.#isWandering(device))
  }

  async #lookAtHealth(): Promise<void> {
    const startedAt = performance.now()
    const answer = await fetch(`${this.program.url}/healthz`).catch(() => undefined)
    if (answer?.ok) this.history.add({ f: 'health', type: 'ok', proc: 'test', ms: performance.now() - startedAt })
  }
}

const idOf = ({ options }: Device): string => options.person.id

const movesOf = ({ from = '', seq = 0, data }: Frame): { f: 'join' | 'leave'; user: string; seq: number }[] => {
  if (data?.change?.joined !== undefined) return [{ f: 'join', user: from, seq }]
  return data?.change?.left !== undefined ? [{ f: 'leave', user: from, seq }] : []
}

/** What an SQLite file holds, read without the server. */
export const storageOf = (path: string, heads: ReadonlyMap<string, number>): Omit<EventOf<'storage'>, 't_ns'> => {
  using db = new Database(path, { readonly: true })
  const integrity = Object.values(db.query('pragma integrity_check').get() as object).join()
  const foreignKeys = db.query('pragma foreign_key_check').all().length
  const rows = db
    .query(
      'select c.key as conv, max(m.seq) as max, count(*) as count from chat_messages m join chat_conversations c on c.id = m.conversation group by 1',
    )
    .all() as { conv: string; max: number; count: number }[]
  const convs = rows.map((row) => ({ ...row, head: heads.get(row.conv) ?? row.max }))
  return { f: 'storage', type: 'ok', proc: 'test', integrity, foreignKeys, convs }
}

/** The codes of refused sends, in order. */
export const codesOf = ({ history }: Scene): string[] =>
  history.events.flatMap((event: Event) => (event.f === 'send' && event.type === 'fail' ? [event.code] : []))

const errorsIn = (said: string): string[] => said.split('\n').filter((line) => line.includes('"level":"error"'))

const guestAt = async (url: string, name: string): Promise<Person> => {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/auth/guest`, { method: 'POST', headers, body: JSON.stringify({ name }) })
  const { user, accessToken } = (await answer.json()) as { user: { id: string }; accessToken: string }
  return { id: user.id, token: accessToken }
}

/** The settings of every server in a scene. */
export const settingsOf = (databaseUrl: string | undefined): Record<string, string> => ({
  PARLEY_LIMITS: 'off',
  PARLEY_AUTH_SECRET: secrets.own,
  ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }),
})

/** Start a server and connect its people. */
export const startScene = async ({ databaseUrl, people, folder, hasGroup, arePatient, preload }: SceneOptions): Promise<Scene> => {
  const own = folder ?? mkdtempSync(join(tmpdir(), 'parley-fault-'))
  // Where a module that loses pushes looks whether it should.
  const start = {
    env: { ...settingsOf(databaseUrl), DROP_FILE: join(own, 'drop') },
    folder: own,
    ...(preload !== undefined && { preload }),
  }
  const program = await startProgram(start)
  const guests = await Promise.all(Array.from({ length: people }, (_, index) => guestAt(program.url, `Writer ${index}`)))
  const scene = new Scene(program, guests, start, arePatient)
  await scene.connect()
  if (hasGroup) await scene.makeGroup()
  return scene
}

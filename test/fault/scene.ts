// A real server, people who write to each other, and what they read of it in the end.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Program, startProgram } from '../support/program.ts'
import { TestSocket } from '../support/socket.ts'
import { secrets } from '../support/tokens.ts'
import { History, type Log, type Row } from './history.ts'
import { conversationOf, type Person, Writer } from './writer.ts'

/** What a scene is set with. */
export interface SceneOptions {
  /** The server's own SQLite file if absent. */
  readonly databaseUrl?: string | undefined
  /** How many people write, an even number; two neighbours write to each other. */
  readonly people: number
  /** The server's working folder, with its SQLite file; a temporary one if absent. */
  readonly folder?: string
}

const tickMs = 100

/** Everything that takes part in a fault test. */
export class Scene {
  readonly history = new History()
  readonly writers: readonly Writer[]
  program: Program
  readonly #env: Readonly<Record<string, string>>
  readonly #folder: string
  readonly #onBurst = new Set<() => void>()
  readonly #complaints: string[] = []
  #timer: ReturnType<typeof setInterval> | undefined
  #said = 0

  constructor(program: Program, people: readonly Person[], env: Readonly<Record<string, string>>) {
    this.program = program
    this.#env = env
    this.#folder = program.folder
    const { history } = this
    this.writers = people.map((person, index) => new Writer({ person, peer: people[index ^ 1] as Person, history }))
  }

  get #pairs(): readonly (readonly [Person, Person])[] {
    return this.writers.flatMap(({ options: { person, peer } }, index) => (index % 2 === 0 ? [[person, peer] as const] : []))
  }

  /** Connect everybody. */
  async connect(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.connect(this.program.url)))
  }

  /** Let people write, `perSecond` messages in all, in bursts, until `quiet`. */
  load(perSecond: number): void {
    this.#timer = setInterval(() => {
      this.burst((perSecond * tickMs) / 1_000)
      for (const tell of this.#onBurst) tell()
      this.#onBurst.clear()
    }, tickMs)
  }

  /** Write `count` messages at once, by one person after another. */
  burst(count: number): void {
    for (let i = 0; i < count; i++) {
      const number = this.#said++
      this.writers[number % this.writers.length]?.say(`message ${number} ${'·'.repeat(number % 200)}`)
    }
  }

  /** Resolves in the moment in which a burst has been written. */
  nextBurst(): Promise<void> {
    return new Promise((resolve) => this.#onBurst.add(resolve))
  }

  quiet(): void {
    clearInterval(this.#timer)
  }

  /** Resolves when the server has taken everything that was written so far, though it may not have answered it. */
  async taken(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.ping()))
  }

  /** Resolves when everything that was written has its answer. */
  async settled(): Promise<void> {
    await Promise.all(this.writers.map((writer) => writer.settled()))
  }

  /** What the servers of this scene logged as errors. */
  get complaints(): readonly string[] {
    return [...this.#complaints, ...errorsIn(this.program.said())]
  }

  /** `kill -9`; resolves with the exit code once every connection has ended. */
  async kill(): Promise<number> {
    this.program.signal('SIGKILL')
    const code = await this.program.exited
    await Promise.all(this.writers.map(({ closed }) => closed))
    this.#complaints.push(...errorsIn(this.program.said()))
    return code
  }

  /** Start a server again on what the last one left, and connect everybody. */
  async restart(): Promise<void> {
    this.program = await startProgram({ env: this.#env, folder: this.#folder })
    await this.connect()
  }

  /** Every conversation from its first message on, as a new connection reads it. */
  async readAll(): Promise<Map<string, Log>> {
    const logs = await Promise.all(this.#pairs.map(async ([a, b]) => [conversationOf(a, b), await this.#read(a, b)] as const))
    return new Map(logs)
  }

  async #read(reader: Person, other: Person): Promise<Log> {
    const socket = await TestSocket.open(this.program.url, ['parley.v1', `auth.${reader.token}`])
    const rows: Row[] = []
    for (let more = true; more; ) {
      const page = await socket.request('chat.history', { after: rows.at(-1)?.seq ?? 0, limit: 200 }, { to: other.id })
      for (const { seq, from, data } of page.messages) rows.push({ seq, id: data.id, user: from, cid: data.clientId, text: data.text })
      more = page.more
      if (!more) {
        await socket.close()
        return { head: page.head, rows }
      }
    }
    throw new Error('unreachable')
  }

  /** End the server as an operator does; its exit code. What it wrote to disk is kept until `remove`. */
  async stop(): Promise<number> {
    this.quiet()
    return this.program.stop()
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

const errorsIn = (said: string): string[] => said.split('\n').filter((line) => line.includes('"level":"error"'))

const guestAt = async (url: string, name: string): Promise<Person> => {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/auth/guest`, { method: 'POST', headers, body: JSON.stringify({ name }) })
  const { user, accessToken } = (await answer.json()) as { user: { id: string }; accessToken: string }
  return { id: user.id, token: accessToken }
}

/** Start a server and connect its people. */
export const startScene = async ({ databaseUrl, people, folder }: SceneOptions): Promise<Scene> => {
  const own = folder ?? mkdtempSync(join(tmpdir(), 'parley-fault-'))
  const env = { PARLEY_LIMITS: 'off', PARLEY_AUTH_SECRET: secrets.own, ...(databaseUrl !== undefined && { DATABASE_URL: databaseUrl }) }
  const program = await startProgram({ env, folder: own })
  const guests = await Promise.all(Array.from({ length: people }, (_, index) => guestAt(program.url, `Writer ${index}`)))
  const scene = new Scene(program, guests, env)
  await scene.connect()
  return scene
}

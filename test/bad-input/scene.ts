// What must hold whatever comes in: the process lives, others are served, nothing of the inside shows.
import { expect, setDefaultTimeout } from 'bun:test'
import { type Program, type ProgramOptions, startProgram } from '../support/program.ts'
import { TestSocket } from '../support/socket.ts'

// Starting a program takes a while on a busy machine.
setDefaultTimeout(15_000)

/** A server of its own with somebody on it who has done nothing wrong. */
export class Scene {
  readonly program: Program
  readonly #bystander: TestSocket
  #readTo = 0

  constructor(program: Program, bystander: TestSocket) {
    this.program = program
    this.#bystander = bystander
  }

  get url(): string {
    return this.program.url
  }

  /** Sign a guest in over HTTP; the access token. */
  async token(): Promise<string> {
    return guestAt(this.url)
  }

  /** A guest's socket, its welcome taken. */
  async connect(): Promise<TestSocket> {
    return openAt(this.url)
  }

  /** Somebody else's connection from before still works, somebody new gets in, and nothing went uncaught. */
  async expectUnharmed(): Promise<void> {
    expect(this.program.isAlive()).toBe(true)
    expect(await this.#bystander.request('core.ping')).toHaveProperty('time')
    expect((await fetch(`${this.url}/readyz`)).status).toBe(200)
    expect(this.#newComplaints()).toEqual([])
  }

  // Each is told once, so that one test's harm is not every later test's.
  #newComplaints(): string[] {
    const said = this.program.said()
    const lines = said.slice(this.#readTo).split('\n')
    this.#readTo = said.length
    return lines.filter((line) => /nobody caught|"level":"error"/.test(line)).map((line) => line.slice(0, 400))
  }

  /** Resident bytes that `work` cost. */
  async memoryOf(work: () => Promise<void>): Promise<number> {
    const before = this.program.residentBytes()
    await work()
    return this.program.residentBytes() - before
  }

  async stop(): Promise<void> {
    expect(await this.program.stop()).toBe(0)
  }
}

const guestAt = async (url: string): Promise<string> => {
  const headers = { 'content-type': 'application/json' }
  const answer = await fetch(`${url}/api/auth/guest`, { method: 'POST', headers, body: '{"name":"Ann"}' })
  return ((await answer.json()) as { accessToken: string }).accessToken
}

const openAt = async (url: string): Promise<TestSocket> => {
  const socket = await TestSocket.open(url, ['parley.v1', `auth.${await guestAt(url)}`])
  await socket.next('core.welcome')
  return socket
}

/** Start the real program, rates off unless `env` says otherwise. */
export const startScene = async (options: ProgramOptions = {}): Promise<Scene> => {
  const program = await startProgram({ ...options, env: { PARLEY_LIMITS: 'off', ...options.env } })
  return new Scene(program, await openAt(program.url))
}

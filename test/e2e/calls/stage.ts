// A server with calls, and pages of real browsers that make them.
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { type Program, startProgram } from '../program.ts'
import type { Entrance, Harness } from './page.ts'

/** A page of somebody, with one device's calls. */
export class Caller {
  readonly user: string
  readonly page: Page
  readonly #entrance: Entrance

  constructor(user: string, page: Page, entrance: Entrance) {
    this.user = user
    this.page = page
    this.#entrance = entrance
  }

  /** Do something on the page. */
  do<A, R>(work: (harness: Harness, argument: A) => R | Promise<R>, argument?: A): Promise<R> {
    const script = `(argument) => (${work})(harness, argument)`
    return this.page.evaluate(`(${script})(${JSON.stringify(argument)})`) as Promise<R>
  }

  /** Wait until something holds on the page. */
  async until<A>(work: (harness: Harness, argument: A) => unknown, argument?: A): Promise<void> {
    const holds = `await (${work})(harness, ${JSON.stringify(argument)})`
    const turn = 'await new Promise((done) => requestAnimationFrame(done))'
    const loop = `const endsAt = performance.now() + 45_000; while (!(${holds})) { if (performance.now() > endsAt) return false; ${turn} } return true`
    const isSo = await this.page.evaluate(`(async () => { ${loop} })()`)
    if (!isSo) throw new Error(`still not so after 45 s: ${work}; ${await this.#situation()}`)
  }

  /** Wait until `more` frames have been decoded of each of `others` parties. */
  async sees(others = 1, more = 5): Promise<void> {
    const before = await this.do((harness) => harness.frames())
    const wanted = { others, than: (before[0] ?? 0) + more }
    await this.until(async (harness, { others: count, than }) => {
      const frames = await harness.frames()
      return frames.length === count && frames.every((each) => each >= than)
    }, wanted)
  }

  async #situation(): Promise<string> {
    const told = await this.do((harness) => ({ state: harness.state(), last: harness.last(), others: harness.others() }))
    return JSON.stringify(told)
  }

  /** Load the page again, as a person does who presses F5. */
  async reload(): Promise<void> {
    await this.page.reload()
    await enter(this.page, this.#entrance)
  }
}

const enter = async (page: Page, entrance: Entrance): Promise<void> => {
  await page.waitForFunction('typeof enter === "function"')
  await page.evaluate(`enter(${JSON.stringify(entrance)})`)
  await page.waitForFunction('harness.isOnline()', undefined, { polling: 20 })
}

/** The server, the page's own little server, and who comes in. */
export interface Stage {
  readonly program: Program
  /** Somebody new. */
  guest(transport?: Entrance['transport'], patienceMs?: number): Promise<Caller>
  /** One more device of somebody. */
  another(caller: Caller): Promise<Caller>
}

/** One that ends with whoever started it. */
export interface OwnStage extends Stage, AsyncDisposable {}

/** Two new people: one has called the other by video, and they see each other. */
export const talkOn = async (stage: Stage, transport: Entrance['transport'] = 'all'): Promise<[Caller, Caller]> => {
  const [ann, bob] = await Promise.all([stage.guest(transport), stage.guest(transport)])
  await ann.do((harness, to) => harness.invite(to, 'video'), bob.user)
  await bob.until((harness) => harness.state() === 'incoming')
  await bob.do((harness) => harness.accept())
  await Promise.all([ann.sees(), bob.sees()])
  return [ann, bob]
}

/** Start a server with these settings. */
export const startStage = async (browser: Browser, env: Readonly<Record<string, string>> = {}): Promise<OwnStage> => {
  const built = await Bun.build({ entrypoints: [join(import.meta.dir, 'page.ts')], target: 'browser' })
  const script = (await built.outputs[0]?.text()) ?? ''
  const site = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: ({ url }) =>
      url.endsWith('.js')
        ? new Response(script, { headers: { 'content-type': 'text/javascript' } })
        : new Response('<!doctype html><title>Calls</title><body><script src="/page.js"></script>', {
            headers: { 'content-type': 'text/html' },
          }),
  })
  const origin = `http://127.0.0.1:${site.port}`
  const program = await startProgram({ PARLEY_ORIGINS: origin, ...env })
  const contexts: BrowserContext[] = []
  const open = async (user: string, entrance: Entrance): Promise<Caller> => {
    const context = await browser.newContext({ permissions: ['camera', 'microphone'] })
    contexts.push(context)
    const page = await context.newPage()
    await page.goto(origin)
    await enter(page, entrance)
    return new Caller(user, page, entrance)
  }
  const entrances = new Map<string, Entrance>()
  return {
    program,
    guest: async (transport = 'all', patienceMs) => {
      const answer = await fetch(`${program.url}/api/auth/guest`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'Somebody' }),
      })
      const { user, accessToken } = (await answer.json()) as { user: { id: string }; accessToken: string }
      const entrance = { url: program.url, token: accessToken, transport, ...(patienceMs !== undefined && { patienceMs }) }
      entrances.set(user.id, entrance)
      return open(user.id, entrance)
    },
    another: ({ user }) => open(user, entrances.get(user) as Entrance),
    [Symbol.asyncDispose]: async () => {
      for (const context of contexts) await context.close()
      await site.stop(true)
      await program[Symbol.asyncDispose]()
    },
  }
}

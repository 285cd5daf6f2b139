// One program and one browser for the tests of a file. Whoever came in a test is gone after it.
import { afterAll, afterEach, beforeAll } from 'bun:test'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { arrive, type Person } from './person.ts'
import { type Program, startProgram } from './program.ts'
import { type Voice, voice } from './voice.ts'

/** How people come in. */
export interface Visits {
  /** Somebody new, in a browser of their own. */
  visit(name: string, options?: BrowserContextOptions): Promise<Person>
  /** Somebody new without a browser. */
  hear(name: string): Promise<Voice>
  /** Where the program is. */
  url(): string
  /** Two new people with each other's conversation open. */
  meet(first: string, second: string): Promise<[Person, Person]>
}

/** To be called in a `describe`, whose tests then have both; `launching` are options of Chromium, `env` settings of the program. */
export const receiveVisits = (
  defaults: BrowserContextOptions = {},
  launching: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Visits => {
  let browser: Browser
  let program: Program
  beforeAll(async () => {
    program = await startProgram(env)
    browser = await launchBrowser(launching)
  })
  const voices: Voice[] = []
  afterEach(async () => {
    for (const one of voices.splice(0)) one[Symbol.dispose]()
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    await browser.close()
    await program[Symbol.asyncDispose]()
  })
  const visit = async (name: string, options: BrowserContextOptions = {}): Promise<Person> => {
    const person = await arrive(await browser.newContext({ locale: 'en-GB', ...defaults, ...options }), program.url)
    await person.enter(name)
    return person
  }
  return {
    visit,
    url: () => program.url,
    hear: async (name) => {
      const one = await voice(program.url, name)
      voices.push(one)
      return one
    },
    meet: async (first, second) => {
      const [one, other] = [await visit(first), await visit(second)]
      await one.open(second)
      await other.open(first)
      return [one, other]
    },
  }
}

/** What the menu of a message offers. */
export const chooseFor = async ({ page }: Person, text: string, item: string): Promise<void> => {
  await page.locator('.bubble').filter({ hasText: text }).last().click({ button: 'right' })
  await page.getByRole('menuitem', { name: item, exact: true }).click()
}

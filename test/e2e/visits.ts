// People who come to the page of one program, in the tests of a file.
import { afterEach } from 'bun:test'
import type { BrowserContextOptions } from 'playwright-core'
import { receiveGround } from './ground.ts'
import { arrive, type Person } from './person.ts'
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
  const ground = receiveGround({ env, launching })
  const voices: Voice[] = []
  afterEach(() => {
    for (const one of voices.splice(0)) one[Symbol.dispose]()
  })
  const visit = async (name: string, options: BrowserContextOptions = {}): Promise<Person> => {
    const person = await arrive(await ground.browser.newContext({ locale: 'en-GB', ...defaults, ...options }), ground.program.url)
    await person.enter(name)
    return person
  }
  return {
    visit,
    url: () => ground.program.url,
    hear: async (name) => {
      const one = await voice(ground.program.url, name)
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

// A person at a browser: what a test does and sees, in the words of the page.
import { expect } from 'bun:test'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { type Complaints, listenForComplaints } from '../support/browser.ts'

/** Somebody with the page open. */
export interface Person {
  readonly page: Page
  readonly complaints: Complaints
  /** Choose a name and come in as a guest. */
  enter(name: string): Promise<void>
  /** Open the conversation with somebody who is listed. */
  open(name: string): Promise<void>
  /** Write and send, as fast as the browser takes it. */
  say(...texts: readonly string[]): Promise<void>
  /** Wait for a message with exactly this text. */
  sees(text: string): Promise<void>
  /** Every message of the open conversation, from top to bottom. */
  messages(): Promise<readonly string[]>
  /** Insist that these texts, and no others, come to stand in the open conversation. */
  shows(texts: readonly string[]): Promise<void>
  /** Own messages that are in this state: queued, sending, sent, failed. */
  own(state: string): Locator
}

/** Wait until the list of people or conversations offers `name`. */
const listed = (page: Page, name: string): Locator => page.locator('.row, .person').filter({ hasText: name }).last()

/** The newest message of a conversation, in the log: how tests know that everything before it is there too. */
export const newest = (page: Page, seq: number): Promise<void> => page.locator(`[data-seq="${seq}"]`).waitFor()

/** Open the page as a new person, or as whoever this browser remembers. */
export const arrive = async (context: BrowserContext, url: string): Promise<Person> => {
  const page = await context.newPage()
  const complaints = await listenForComplaints(page)
  await page.goto(url)
  const messages = (): Promise<readonly string[]> => page.locator('.bubble__text').allInnerTexts()
  const bubble = (text: string): Locator => page.locator('.bubble__text').getByText(text, { exact: true })
  return {
    page,
    complaints,
    enter: async (name) => {
      await page.locator('#name').fill(name)
      await page.keyboard.press('Enter')
      await page.locator('[data-line="online"]').waitFor()
    },
    open: async (name) => {
      await listed(page, name).click()
      await page.locator('.head__name').filter({ hasText: name }).waitFor()
    },
    say: async (...texts) => {
      const field = page.locator('.composer__field')
      for (const text of texts) {
        await field.fill(text)
        await field.press('Enter')
      }
    },
    sees: (text) => bubble(text).waitFor(),
    messages,
    shows: async (texts) => {
      await eventually(page, async () => Bun.deepEquals(await messages(), texts))
      expect(await messages()).toEqual(texts)
    },
    // Whoever has a message, or has read it, is told by more ticks: it is sent all the same.
    own: (state) =>
      page.locator((state === 'sent' ? ['sent', 'delivered', 'read'] : [state]).map((one) => `.bubble [data-state="${one}"]`).join(', ')),
  }
}

/** Ask a page until it says yes, for 5 s at most; whoever calls then insists, so that a failure shows what was there. */
export const eventually = async (page: Page, isSo: () => Promise<boolean>): Promise<void> => {
  const endsAt = performance.now() + 5000
  while (!(await isSo()) && performance.now() < endsAt) await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)))
}

/** The id of whoever is signed in. */
export const idOf = (page: Page): Promise<string> =>
  page.evaluate(() => (JSON.parse(localStorage.getItem('parley.session') ?? '{}') as { user: { id: string } }).user.id)

/** Insist that nobody's page complained about anything. */
export const expectNoComplaints = (...people: readonly Person[]): void => {
  expect(people.flatMap(({ complaints }) => complaints.all)).toEqual([])
}

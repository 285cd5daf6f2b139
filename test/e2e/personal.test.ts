// What a person arranges for themselves, on one device and on another one of theirs.
import { expect, test } from 'bun:test'
import type { Locator } from 'playwright-core'
import { describeUnless } from '../support/skip.ts'
import { type Ground, receiveGround } from './ground.ts'
import { arrive, expectNoComplaints, idOf, newest, type Person } from './person.ts'
import { whyNotWith } from './program.ts'
import { voice } from './voice.ts'

const timeout = 60_000

let ground: Ground

const come = async (permissions: string[] = []): Promise<Person> =>
  arrive(await ground.browser.newContext({ locale: 'en-GB', permissions }), ground.program.url)

const visit = async (name: string): Promise<Person> => {
  const person = await come()
  await person.enter(name)
  return person
}

/** The same person at a second browser. */
const twin = async (login: string, isNew: boolean): Promise<Person> => {
  const person = await come()
  await person.page
    .getByText(isNew ? 'Create account' : 'Sign in')
    .first()
    .click()
  if (isNew) await person.page.locator('#name').fill('Twin')
  await person.page.locator('#login').fill(login)
  await person.page.locator('#password').fill('correct horse battery staple')
  await person.page.keyboard.press('Enter')
  await person.page.locator('[data-line="online"]').waitFor()
  return person
}

const row = ({ page }: Person, name: string): Locator => page.locator('.rows .row').filter({ hasText: name })

const choose = async (person: Person, name: string, item: string): Promise<void> => {
  await row(person, name).click({ button: 'right' })
  await person.page.getByRole('menuitem', { name: item, exact: true }).click()
}

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('for oneself', () => {
  ground = receiveGround()

  test(
    'a mute, a pin, the archive and a draft are on one’s other device at once',
    async () => {
      const [one, other] = [await twin('twin', true), await twin('twin', false)]
      using friend = await voice(ground.program.url, 'Friend')
      await friend.say(await idOf(one.page), ['Hello'])
      for (const each of [one, other]) await row(each, 'Friend').waitFor()
      await choose(one, 'Friend', 'Mute')
      await other.page.locator('.row__marks').getByText('Muted').waitFor({ state: 'attached' })
      await one.open('Friend')
      await one.page.locator('.composer__field').fill('Not finished')
      await other.page.locator('.row__draft').waitFor()
      await row(other, 'Friend').getByText('Not finished').waitFor()
      await choose(other, 'Friend', 'Archive')
      for (const each of [one, other]) await each.page.locator('.archive__title').getByText('Archive (1)').waitFor()
      expectNoComplaints(one, other)
    },
    timeout,
  )

  test(
    'a draft ends everywhere with its message, though the page that sent it is closed at once',
    async () => {
      const [one, other] = [await twin('closer', true), await twin('closer', false)]
      using friend = await voice(ground.program.url, 'Friend')
      await friend.say(await idOf(one.page), ['Hello'])
      for (const each of [one, other]) await row(each, 'Friend').waitFor()
      await one.open('Friend')
      await one.page.locator('.composer__field').fill('Soon said')
      await other.page.locator('.row__draft').waitFor()
      await one.page.keyboard.press('Enter')
      await one.own('sent').first().waitFor()
      await one.page.close()
      await other.page.locator('.row__draft').waitFor({ state: 'detached' })
      await row(other, 'Friend').getByText('You: Soon said').waitFor()
      expectNoComplaints(one, other)
    },
    timeout,
  )

  test(
    'messages are found by their words, led to, passed on, and deleted for oneself alone',
    async () => {
      const [ann, bo] = [await visit('Ann'), await visit('Bo')]
      await ann.open('Bo')
      await bo.open('Ann')
      await ann.say('the umbrella is in the hall', ...Array.from({ length: 40 }, (_, i) => `filler ${i}`))
      await newest(bo.page, 41)
      await bo.page.keyboard.press('Control+k')
      await bo.page.locator('#search').fill('umbrella')
      await bo.page.locator('.row--found mark').getByText('umbrella').waitFor()
      // A heading with nothing under it is not there.
      expect(await bo.page.locator('.side__title').allInnerTexts()).toEqual(['Messages'])
      await bo.page.locator('.row--found').click()
      await bo.page.locator('[data-seq="1"]').waitFor()
      await bo.page.locator('#search').fill('')
      await bo.page.locator('.bubble').filter({ hasText: 'umbrella' }).click({ button: 'right' })
      await bo.page.getByRole('menuitem', { name: 'Forward' }).click()
      await bo.page
        .locator('.picker__one--press')
        .filter({ hasText: 'Notes to yourself' })
        .or(bo.page.locator('.picker__one--press').filter({ hasText: 'Ann' }))
        .first()
        .click()
      await ann.page.locator('.bubble__forward').waitFor()
      await bo.page.locator('.bubble').filter({ hasText: 'umbrella' }).last().click({ button: 'right' })
      await bo.page.getByRole('menuitem', { name: 'Delete for me' }).click()
      await bo.page.locator('.bubble__forward').waitFor({ state: 'detached' })
      expect(await ann.page.locator('.bubble__forward').count()).toBe(1)
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'notifications are offered once there is something to tell, the keys are listed, and ↑ edits the last message',
    async () => {
      const [ann, bo] = [await come(['notifications']), await visit('Teller')]
      await ann.enter('Told')
      await bo.open('Told')
      await bo.say('Psst')
      await ann.page.getByRole('button', { name: 'Turn on' }).click()
      await ann.page.locator('.offer').waitFor({ state: 'detached' })
      await ann.page.locator('#side-title').focus()
      await ann.page.keyboard.press('?')
      await ann.page.getByRole('heading', { name: 'Keyboard' }).waitFor()
      await ann.page.keyboard.press('Escape')
      await bo.page.locator('.composer__field').press('ArrowUp')
      await bo.page.locator('.composer__note').getByText('Editing a message').waitFor()
      await bo.say('Psst!')
      await ann.open('Teller')
      await ann.sees('Psst!')
      expectNoComplaints(ann, bo)
    },
    timeout,
  )
})

// What a message can hold beside its letters, and what it can be an answer to, in real browsers.
import { expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import { expectNoComplaints, newest } from './person.ts'
import { whyNotWith } from './program.ts'
import { chooseFor, receiveVisits } from './visits.ts'

const timeout = 60_000

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('what is in a message', () => {
  const { visit } = receiveVisits()

  test(
    'an answer quotes its message and leads to it; a pinned one stands above, and its pin can be ended',
    async () => {
      const [ann, bo] = [await visit('Asker'), await visit('Answerer')]
      await ann.open('Answerer')
      await bo.open('Asker')
      await ann.say('When do we meet?', ...Array.from({ length: 60 }, (_, i) => `then ${i}`))
      await newest(bo.page, 61)
      await bo.page.locator('.log__scroll').evaluate((list) => list.scrollTo(0, -list.scrollHeight))
      await bo.page.locator('[data-seq="1"]').waitFor()
      await chooseFor(bo, 'When do we meet?', 'Reply')
      await bo.page.locator('.composer__quoted').getByText('When do we meet?').waitFor()
      await bo.say('At nine')
      const quote = ann.page.locator('.quote')
      await quote.getByText('When do we meet?').waitFor()
      await quote.click()
      await ann.page.locator('[data-seq="1"]').waitFor()
      await chooseFor(ann, 'When do we meet?', 'Pin')
      for (const one of [ann, bo]) await one.page.locator('.pin-bar').getByText('When do we meet?').waitFor()
      await ann.page.locator('.jump--end').click()
      await newest(ann.page, 62)
      await ann.page.locator('.pin-bar__go').click()
      await ann.page.locator('[data-seq="1"]').waitFor()
      await bo.page.getByRole('button', { name: 'Unpin' }).click()
      for (const one of [ann, bo]) await one.page.locator('.pin-bar').waitFor({ state: 'detached' })
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'marks become bold, code and hidden words, come back when it is edited, and people are mentioned by keyboard',
    async () => {
      const [ann, bo] = [await visit('Ann Writer'), await visit('Bo Reader')]
      await ann.page.getByRole('button', { name: 'New group' }).click()
      await ann.page.locator('#group-name').fill('Marks')
      await ann.page.locator('.picker__one').filter({ hasText: 'Bo Reader' }).click()
      await ann.page.getByRole('button', { name: 'Make the group' }).click()
      await ann.page.locator('.head__presence').getByText('2 members').waitFor()
      await bo.open('Marks')
      await ann.say('**bold** `code` ||secret||')
      await bo.page.locator('.bubble strong').getByText('bold', { exact: true }).waitFor()
      await bo.page.locator('.bubble code').getByText('code', { exact: true }).waitFor()
      await bo.page.getByRole('button', { name: 'Hidden text: show it' }).click()
      await bo.page.locator('.spoiler--open').getByText('secret').waitFor()
      await chooseFor(ann, 'bold', 'Edit')
      const field = ann.page.locator('.composer__field')
      expect(await field.inputValue()).toBe('**bold** `code` ||secret||')
      await field.press('Escape')
      await field.pressSequentially('Look, @b')
      await ann.page.getByRole('option', { name: 'Bo Reader' }).waitFor()
      await field.press('Enter')
      expect(await field.inputValue()).toBe('Look, @Bo Reader ')
      await field.press('Enter')
      await bo.page.locator('.mention--me').getByText('@Bo Reader').waitFor()
      expectNoComplaints(ann, bo)
    },
    timeout,
  )
})

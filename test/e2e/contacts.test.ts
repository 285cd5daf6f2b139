// Contacts, requests and blocks, in real browsers.
import { expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import { expectNoComplaints } from './person.ts'
import { whyNotWith } from './program.ts'
import { receiveVisits } from './visits.ts'

const timeout = 60_000

describeUnless(whyNotWith('auth', 'rooms', 'chat', 'contacts'))('contacts', () => {
  const { visit } = receiveVisits()

  test(
    'are asked with a note, accepted, named, and blocked; and nobody else may write if one says so',
    async () => {
      const [ann, bo] = [await visit('Ann'), await visit('Bo')]
      await ann.open('Bo')
      await ann.page.getByRole('button', { name: 'Details of Bo' }).click()
      await ann.page.locator('#contact-note').fill('We met in Bern')
      await ann.page.getByRole('button', { name: 'Add to contacts' }).click()
      await ann.page.getByText('You have asked Bo.').waitFor()
      await bo.page.getByRole('button', { name: 'Contacts, 1 request' }).click()
      await bo.page.locator('.request__note').getByText('We met in Bern').waitFor()
      await bo.page.getByRole('button', { name: 'Accept' }).click()
      await bo.page.locator('.friend').getByText('Ann').waitFor()
      await ann.page.locator('#contact-remark').fill('Bo from Bern')
      await ann.page.getByRole('button', { name: 'Save' }).click()
      await ann.page.locator('.head__name').getByText('Bo from Bern').waitFor()
      await bo.page.getByText('Nobody', { exact: true }).click()
      await ann.page.keyboard.press('Escape')
      await ann.say('Hello?')
      await ann.page.getByText('This person does not take messages from you.').waitFor()
      await bo.page.locator('.segmented').getByText('Everyone', { exact: true }).click()
      await ann.page.getByRole('button', { name: 'Try again' }).click()
      await ann.own('sent').first().waitFor()
      await ann.page.getByRole('button', { name: 'Details of Bo from Bern' }).click()
      await ann.page.getByRole('button', { name: 'Block', exact: true }).click()
      await ann.page.getByRole('button', { name: 'Block', exact: true }).last().click()
      await ann.page.getByRole('button', { name: 'Unblock' }).last().waitFor()
      expect(await ann.page.locator('.profile__kind').textContent()).toBe('Bo')
      await ann.page.keyboard.press('Escape')
      await ann.page.locator('.composer--closed').getByText('You have blocked Bo from Bern.').waitFor()
      await ann.page.getByRole('button', { name: 'Unblock' }).click()
      await ann.page.locator('.composer__field').waitFor()
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'and all others are called what they call themselves, as soon as they do',
    async () => {
      const [ann, bo] = [await visit('Ann'), await visit('Bo')]
      await ann.open('Bo')
      await ann.say('Hello')
      await bo.open('Ann')
      await bo.page.locator('.side__me').click()
      await bo.page.getByText('Change your name').click()
      await bo.page.locator('#own-name').fill('Bora')
      await bo.page.getByRole('button', { name: 'Save' }).click()
      await bo.page.locator('.profile__name').getByText('Bora', { exact: true }).waitFor()
      await ann.page.locator('.head__name').getByText('Bora', { exact: true }).waitFor()
      await ann.page.locator('.rows .row__name').getByText('Bora', { exact: true }).waitFor()
      await ann.page.locator('.person__name').getByText('Bora', { exact: true }).waitFor()
      expectNoComplaints(ann, bo)
    },
    timeout,
  )
})

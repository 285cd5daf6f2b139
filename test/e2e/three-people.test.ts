// A group conversation of two desktops and a phone that was offline while things were said, edited and taken back.
import { test } from 'bun:test'
import type { BrowserContextOptions } from 'playwright-core'
import { describeUnless } from '../support/skip.ts'
import { expectNoComplaints } from './person.ts'
import { whyNotWith } from './program.ts'
import { chooseFor, receiveVisits } from './visits.ts'

const timeout = 60_000
const phone: BrowserContextOptions = { viewport: { width: 375, height: 700 }, hasTouch: true }

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('three people in a group', () => {
  const { visit } = receiveVisits()

  test(
    'a phone that was offline learns of what was said, edited and recalled meanwhile, and sends what it had written',
    async () => {
      const [ann, bo, cy] = [await visit('Ann'), await visit('Bo'), await visit('Cy', phone)]
      await ann.page.getByRole('button', { name: 'New group' }).click()
      await ann.page.locator('#group-name').fill('Lake trip')
      for (const name of ['Bo', 'Cy']) await ann.page.locator('.picker__one').filter({ hasText: name }).click()
      await ann.page.getByRole('button', { name: 'Make the group' }).click()
      for (const one of [ann, bo, cy]) await one.open('Lake trip')
      await ann.say('We meet at nine', 'Bring your skis')
      await bo.say('Fine with me')
      await cy.sees('Fine with me')
      await cy.shows(['We meet at nine', 'Bring your skis', 'Fine with me'])

      await cy.page.context().setOffline(true)
      await cy.page.locator('.line-bar--shown').waitFor()
      await cy.say('Who takes the boat?')
      await cy.own('queued').waitFor()
      await chooseFor(ann, 'We meet at nine', 'Edit')
      await ann.page.locator('.composer__note').waitFor()
      await ann.say('We meet at ten')
      await chooseFor(ann, 'Bring your skis', 'Recall')
      await bo.sees('Message recalled')
      await bo.say('Ten is better')
      await ann.sees('Ten is better')
      await cy.shows(['We meet at nine', 'Bring your skis', 'Fine with me', 'Who takes the boat?'])

      await cy.page.context().setOffline(false)
      await ann.sees('Who takes the boat?')
      const all = ['We meet at ten', 'Message recalled', 'Fine with me', 'Ten is better', 'Who takes the boat?']
      for (const one of [ann, bo, cy]) await one.shows(all)
      await cy.page.reload()
      await cy.sees('Who takes the boat?')
      await cy.shows(all)
      expectNoComplaints(ann, bo)
    },
    timeout,
  )
})

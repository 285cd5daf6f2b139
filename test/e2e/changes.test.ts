// What happens to messages after they were sent, and groups, in real browsers.
import { expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import { expectNoComplaints } from './person.ts'
import { whyNotWith } from './program.ts'
import { chooseFor, receiveVisits } from './visits.ts'

const timeout = 60_000

describeUnless(whyNotWith('auth', 'rooms', 'chat'))('messages that are there already', () => {
  const { meet, visit } = receiveVisits({ permissions: ['clipboard-write'] })

  test(
    'an edit, a reaction and a recall arrive at the other side',
    async () => {
      const [ann, bo] = await meet('Editor', 'Watcher')
      await ann.say('frist', 'never mind')
      await bo.sees('never mind')
      await chooseFor(ann, 'frist', 'Edit')
      await ann.page.locator('.composer__note').waitFor()
      await ann.say('first')
      await bo.sees('first')
      await bo.page.locator('.bubble__meta').getByText('edited').waitFor()
      await chooseFor(bo, 'first', 'React with 🎉')
      await ann.page.locator('.reaction').getByText('🎉').waitFor()
      await chooseFor(ann, 'never mind', 'Recall')
      await bo.sees('Message recalled')
      await bo.shows(['first', 'Message recalled'])
      await ann.shows(['first', 'Message recalled'])
      expect(await ann.page.locator('.composer__field').inputValue()).toBe('')
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'the menu opens, moves and closes by keyboard',
    async () => {
      const [ann, bo] = await meet('Keys', 'Other')
      await ann.say('by hand')
      await bo.sees('by hand')
      await bo.page.locator('.bubble__menu').focus()
      await bo.page.keyboard.press('Enter')
      await bo.page.locator('.menu').waitFor()
      await bo.page.keyboard.press('Escape')
      await bo.page.locator('.menu').waitFor({ state: 'detached' })
      await bo.page.keyboard.press('Enter')
      await bo.page.keyboard.press('ArrowRight')
      await bo.page.keyboard.press('Enter')
      await ann.page.locator('.reaction').getByText('❤️').waitFor()
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'ticks tell what has arrived and what was read, and typing shows',
    async () => {
      const [ann, bo] = await meet('Ticker', 'Reader')
      await bo.page.keyboard.press('Escape')
      await bo.page.locator('.conversation').waitFor({ state: 'detached' })
      await ann.say('Are you there?')
      await ann.page.locator('.bubble [data-state="delivered"]').waitFor()
      await bo.page.locator('.badge').getByText('1', { exact: true }).waitFor()
      await bo.open('Ticker')
      await ann.page.locator('.bubble [data-state="read"]').waitFor()
      await ann.page.reload()
      await ann.page.locator('.bubble [data-state="read"]').waitFor()
      await bo.page.locator('.composer__field').pressSequentially('Yes')
      await ann.page.locator('.head__presence--typing').waitFor()
      await bo.page.keyboard.press('Enter')
      await ann.sees('Yes')
      await ann.page.locator('.head__presence--typing').waitFor({ state: 'detached' })
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'a group of three is made, talked in, and left',
    async () => {
      const [ann, bo, cy] = [await visit('Ann'), await visit('Bo'), await visit('Cy')]
      await ann.page.getByRole('button', { name: 'New group' }).click()
      await ann.page.locator('#group-name').fill('Lake trip')
      await ann.page.locator('.picker__one').filter({ hasText: 'Bo' }).click()
      await ann.page.locator('.picker__one').filter({ hasText: 'Cy' }).click()
      await ann.page.getByRole('button', { name: 'Make the group' }).click()
      await ann.page.locator('.head__name').filter({ hasText: 'Lake trip' }).waitFor()
      await ann.say('Who drives?')
      for (const one of [bo, cy]) {
        await one.open('Lake trip')
        await one.sees('Who drives?')
        await one.page.locator('.bubble__author').getByText('Ann', { exact: true }).waitFor()
        await one.page.locator('.notice').getByText('Ann made the group “Lake trip”').waitFor()
      }
      await bo.say('I do')
      await cy.sees('I do')
      await ann.sees('I do')
      await ann.page.locator('.bubble [data-state="read"]').waitFor()
      await cy.page.locator('.composer__field').pressSequentially('Wait')
      await ann.page.locator('.head__presence').getByText('Cy is typing…').waitFor()
      await cy.page.getByRole('button', { name: 'Members and settings of the group' }).click()
      await cy.page.locator('.picker__one').filter({ hasText: 'Owner' }).waitFor()
      await cy.page.getByRole('button', { name: 'Leave the group' }).click()
      await cy.page.getByRole('button', { name: 'Leave', exact: true }).click()
      await cy.page.locator('.conversation').waitFor({ state: 'detached' })
      await ann.page.locator('.notice').getByText('Cy left').waitFor()
      await ann.page.locator('.head__presence').getByText('2 members').waitFor()
      await cy.page.locator('.row').filter({ hasText: 'Lake trip' }).waitFor({ state: 'detached' })
      expectNoComplaints(ann, bo, cy)
    },
    timeout,
  )
})

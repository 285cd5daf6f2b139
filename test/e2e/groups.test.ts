// A group and those who govern it, in real browsers.
import { expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import { hostToken, secrets } from '../support/tokens.ts'
import { expectNoComplaints, type Person } from './person.ts'
import { whyNotWith } from './program.ts'
import { receiveVisits } from './visits.ts'

const timeout = 60_000

const found = async ({ page }: Person, name: string, ...people: readonly string[]): Promise<void> => {
  await page.getByRole('button', { name: 'New group' }).click()
  await page.locator('#group-name').fill(name)
  for (const one of people) await page.locator('.picker__one').filter({ hasText: one }).click()
  await page.getByRole('button', { name: 'Make the group' }).click()
  await page.locator('.head__name').filter({ hasText: name }).waitFor()
}

const openPanel = async ({ page }: Person): Promise<void> => {
  await page.getByRole('button', { name: 'Members and settings of the group' }).click()
  await page.locator('dialog[open]').waitFor()
}

const fold = ({ page }: Person, title: string): Promise<void> => page.locator('.section__title').filter({ hasText: title }).click()

const notice = ({ page }: Person, text: string): Promise<void> => page.locator('.notice').getByText(text).first().waitFor()

describeUnless(whyNotWith('auth', 'rooms', 'chat', 'contacts'))('a group', () => {
  const { visit, hear, url } = receiveVisits({}, [], { PARLEY_AUTH_HOST_SECRET: secrets.host })

  test(
    'is renamed, gets a notice and a look, an admin, a silence and another owner; everybody sees it said',
    async () => {
      const [ann, bo] = [await visit('Ann'), await visit('Bo')]
      await found(ann, 'Lake trip', 'Bo')
      await bo.open('Lake trip')
      await openPanel(ann)
      await fold(ann, 'Name, notice and look')
      await ann.page.locator('#group-rename').fill('Lake weekend')
      await ann.page.locator('#group-notice').fill('Bring a towel')
      await ann.page.locator('#group-sign').fill('🏔️')
      await ann.page.getByRole('button', { name: 'Save' }).click()
      await bo.page.locator('.head__name').filter({ hasText: 'Lake weekend' }).waitFor()
      await bo.page.locator('.head .avatar').getByText('🏔️').waitFor()
      await ann.page.getByRole('button', { name: 'What to do with Bo' }).click()
      await ann.page.getByRole('button', { name: 'Mute for 1 hour' }).click()
      await notice(bo, 'Ann muted you')
      await bo.page.locator('.composer--closed').getByText('You may not write here until').waitFor()
      await ann.page.getByRole('button', { name: 'Let write again' }).click()
      await notice(bo, 'Ann lets you write again')
      await bo.page.locator('.composer__field').waitFor()
      await ann.page.getByRole('button', { name: 'Make admin' }).click()
      await notice(bo, 'Ann made you an admin')
      await ann.page.getByRole('button', { name: 'Hand the group over' }).click()
      await ann.page.locator('.confirm__text').getByText('Bo will own the group').waitFor()
      await ann.page.getByRole('button', { name: 'Hand the group over' }).last().click()
      await notice(bo, 'Ann handed the group over to you')
      await openPanel(bo)
      await bo.page.locator('.panel__notice').getByText('Bring a towel').waitFor()
      await bo.page.locator('.member').filter({ hasText: 'You' }).getByText('Owner').waitFor()
      expectNoComplaints(ann, bo)
    },
    timeout,
  )

  test(
    'is entered by a link and after an application, and left by whoever is put out',
    async () => {
      const [ann, bo, cy] = [await visit('Ann'), await visit('Bo'), await visit('Cy')]
      await found(ann, 'Club')
      await openPanel(ann)
      await fold(ann, 'Invite links')
      await ann.page.getByRole('button', { name: 'Make a link' }).click()
      const address = await ann.page.locator('.link__address').textContent()
      await bo.page.goto(address ?? '')
      await bo.page.locator('.profile__name').getByText('Club').waitFor()
      await bo.page.getByRole('button', { name: 'Join', exact: true }).click()
      await notice(bo, 'You joined')
      await fold(ann, 'Rules')
      await ann.page.getByText('On request', { exact: true }).click()
      await notice(bo, 'Ann changed the group')
      const group = await ann.page.evaluate(() => location.hash)
      await cy.page.goto(new URL(group, cy.page.url()).href)
      await cy.page.locator('#join-note').fill('Bo told me')
      await cy.page.getByRole('button', { name: 'Ask to join' }).click()
      await cy.page.getByText('You have asked to join.').waitFor()
      await ann.page.locator('.request__note').getByText('Bo told me').waitFor()
      await ann.page.getByRole('button', { name: 'Let in' }).click()
      await notice(bo, 'Ann brought in Cy')
      await cy.page.locator('.row').filter({ hasText: 'Club' }).waitFor()
      await ann.page.getByRole('button', { name: 'What to do with Bo' }).click()
      await ann.page.getByRole('button', { name: 'Remove and ban' }).click()
      await ann.page.getByRole('button', { name: 'Remove and ban' }).last().click()
      await bo.page.locator('.row').filter({ hasText: 'Club' }).waitFor({ state: 'detached' })
      await ann.page.locator('.section__title').filter({ hasText: 'Banned' }).waitFor()
      expect(await ann.page.locator('.member').count()).toBe(2)
      expectNoComplaints(ann, bo, cy)
    },
    timeout,
  )

  test(
    'that whoever runs the server freezes takes no word from anybody, and says why; who cannot be brought in is named',
    async () => {
      const [ann, bo] = [await visit('Ann'), await hear('Bo')]
      await bo.ask('contacts.settings', { whoMayWrite: 'nobody' })
      await ann.page.getByRole('button', { name: 'New group' }).click()
      await ann.page.locator('#group-name').fill('Ice')
      await ann.page.locator('.picker__one').filter({ hasText: 'Bo' }).click()
      await ann.page.getByRole('button', { name: 'Make the group' }).click()
      await ann.page.getByText('Could not be brought in: Bo.').waitFor()
      await ann.page.getByRole('button', { name: 'Open the group' }).click()
      await ann.page.locator('.composer__field').waitFor()
      const token = await hostToken({ sub: 'operator', scope: 'chat.admin' }, Date.now())
      const put = async (state: string): Promise<void> => {
        const groups = [await ann.page.evaluate(() => location.hash.slice(2))]
        const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
        const response = await fetch(`${url()}/api/chat/groups`, { method: 'POST', headers, body: JSON.stringify({ groups, state }) })
        expect(await response.json()).toEqual({ changed: groups })
      }
      await put('frozen')
      await ann.page.locator('.composer--closed').getByText('has frozen the group').waitFor()
      await notice(ann, 'Whoever runs this server froze the group')
      await put('open')
      await notice(ann, 'Whoever runs this server opened the group again')
      await ann.page.locator('.composer__field').waitFor()
      expectNoComplaints(ann)
    },
    timeout,
  )
})

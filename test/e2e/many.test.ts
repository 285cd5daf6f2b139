// More conversations, and more people in a group, than the server tells at once; and mentions far apart.
import { expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import { expectNoComplaints, idOf, newest, type Person } from './person.ts'
import { whyNotWith } from './program.ts'
import { receiveVisits } from './visits.ts'
import { newGuest, type Voice } from './voice.ts'

const timeout = 60_000

const found = async (by: Voice, name: string, users: readonly string[]): Promise<string> =>
  (await by.ask('chat.create', { name, users })).id as string

const drawn = ({ page }: Person, rows: string): Promise<number> => page.locator(rows).count()

/** Wait until the list is as long as this, however little of it is drawn. */
const grows = ({ page }: Person, rows: string, size: number): Promise<void> =>
  page.locator(`${rows}[aria-setsize="${size}"]`).first().waitFor()

/** Wait until no more rows than this are left. */
const shrinks = ({ page }: Person, rows: string, count: number): Promise<void> =>
  page.locator(rows).nth(count).waitFor({ state: 'detached' })

/** Wait until the row of this name has the focus. */
const focuses = ({ page }: Person, name: string): Promise<void> =>
  page.locator('.row:focus .row__name').getByText(name, { exact: true }).waitFor()

describeUnless(whyNotWith('auth', 'rooms', 'chat', 'inbox'))('a great many', () => {
  const { visit, hear, url } = receiveVisits()

  test(
    'conversations are all counted, found and reached by keyboard, and only those near the screen are drawn',
    async () => {
      const reader = await visit('Reader')
      const id = await idOf(reader.page)
      const talker = await hear('Talker')
      for (let i = 1; i <= 300; i++) {
        const group = await found(talker, `Group ${i}`, [id])
        if (i === 1) await talker.say(group, ['one', 'two'])
      }
      await reader.page.reload()
      await grows(reader, '.rows > li', 300)
      // The oldest, on the last page, is counted.
      expect(await reader.page.title()).toBe('(2) Parley')
      expect(await drawn(reader, '.rows .row')).toBeLessThan(60)
      const { keyboard } = reader.page
      await reader.page.locator('.row').filter({ hasText: 'Group 300' }).focus()
      await keyboard.press('ArrowDown')
      await focuses(reader, 'Group 299')
      await keyboard.press('End')
      await focuses(reader, 'Group 1')
      await keyboard.press('ArrowUp')
      await focuses(reader, 'Group 2')
      await keyboard.press('Home')
      await focuses(reader, 'Group 300')
      await reader.page.locator('#search').fill('group 17')
      await shrinks(reader, '.rows .row', 13)
      expect(await drawn(reader, '.rows .row')).toBe(13)
      expectNoComplaints(reader)
    },
    timeout,
  )

  test(
    'people in a group are counted and found, and each mention is one press away from the one before',
    async () => {
      const reader = await visit('Reader')
      const id = await idOf(reader.page)
      const talker = await hear('Talker')
      const users = await Promise.all(Array.from({ length: 260 }, async (_, i) => (await newGuest(url(), `Guest ${i}`)).user.id))
      const group = await found(talker, 'Crowd', [id, ...users.slice(0, 199)])
      await talker.ask('chat.invite', { users: users.slice(199) }, group)
      const entities = [{ type: 'mention', offset: 0, length: 7, user: id }]
      const filler = (): Promise<void> =>
        talker.say(
          group,
          Array.from({ length: 80 }, (_, i) => `so much for ${i}`),
        )
      const seqs: number[] = []
      for (const clientId of ['one', 'two', 'three']) {
        await filler()
        seqs.push((await talker.ask('chat.send', { text: '@Reader, look', clientId, entities }, group)).seq as number)
      }
      await filler()
      await reader.open('Crowd')
      await reader.page.locator('.head__presence').getByText('262 members').waitFor()
      for (const [i, seq] of seqs.entries()) {
        await reader.page.getByRole('button', { name: /^Go to where you are mentioned/ }).click()
        await newest(reader.page, seq)
        const left = reader.page.locator('.jump:not(.jump--end)')
        if (i < 2) await left.getByText(String(2 - i), { exact: true }).waitFor()
        else await left.waitFor({ state: 'detached' })
      }
      await reader.page.getByRole('button', { name: 'Members and settings of the group' }).click()
      await grows(reader, '.members > li', 262)
      expect(await drawn(reader, '.member')).toBeLessThan(60)
      expect(await reader.page.locator('.member').first().textContent()).toContain('Talker')
      await reader.page.getByRole('searchbox', { name: 'Search members' }).fill('guest 259')
      await shrinks(reader, '.member', 1)
      expect(await reader.page.locator('.member').allTextContents()).toEqual([expect.stringContaining('Guest 259')])
      expectNoComplaints(reader)
    },
    timeout,
  )
})

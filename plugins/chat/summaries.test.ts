// What it costs to tell a device that comes back how its conversations stand.
import { expect, test } from 'bun:test'
import { createNotedInbox } from '../../test/support/neighbours.ts'
import { startTestServer } from '../../test/support/server.ts'
import { countingDriver } from '../../test/support/sqlite-counter.ts'
import { chat } from './index.ts'

test('of 1,000 conversations twenty are described with five queries at most, groups among them', async () => {
  const driver = countingDriver()
  const inbox = createNotedInbox()
  await using server = await startTestServer([inbox.plugin, chat], { runtime: driver })
  const ann = await server.connect('U1')
  const sends: Promise<unknown>[] = []
  const send = (to: string, i: number): void => void sends.push(ann.request('chat.send', { text: 'Hello', clientId: `c${i}` }, { to }))
  for (let i = 0; i < 950; i++) {
    send(`U${1_000 + i}`, i)
    if (i % 100 === 99) await Promise.all(sends)
  }
  const groups: string[] = []
  for (let i = 0; i < 50; i++) groups.push((await ann.request('chat.create', { name: `G${i}`, users: ['U2', 'U3'] })).id)
  await Promise.all(sends)
  const direct = Array.from({ length: 15 }, (_, i) => `U1:U${1_000 + 60 * i}`)
  const describe = inbox.describers.get('chat')
  const before = driver.run.length
  const found = await describe?.('U1', [...direct, ...groups.slice(0, 5)])
  expect(found?.size).toBe(20)
  expect(driver.run.slice(before).length).toBeLessThanOrEqual(5)
}, 30_000)

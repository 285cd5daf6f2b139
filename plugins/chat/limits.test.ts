import { expect, test } from 'bun:test'
import { testClock } from '../../test/support/clock.ts'
import { startTestServer } from '../../test/support/server.ts'
import { chat } from './index.ts'

test('one person writes 120 a minute, over all connections and conversations; reading is not counted among them', async () => {
  const clock = testClock()
  const env = { PARLEY_LIMITS: 'on', PARLEY_RATES: 'core.messages=1000/s,core.userMessages=1000/s' }
  await using server = await startTestServer([chat], { ambient: clock.ambient, env })
  const [phone, laptop, bob] = [await server.connect('U1'), await server.connect('U1'), await server.connect('U2')]
  const say = (i: number) => ({ text: 'x', clientId: `c${i}` })
  for (let i = 0; i < 60; i++) await phone.request('chat.send', say(i), { to: 'U2' })
  for (let i = 60; i < 119; i++) await laptop.request('chat.send', say(i), { to: 'U3' })
  await laptop.request('chat.react', { target: 1, emoji: '👍', clientId: 'r' }, { to: 'U2' })
  expect(await phone.refusal('chat.send', say(120), { to: 'U2' })).toBe('CORE_RATE_LIMITED')
  expect(await laptop.refusal('chat.recall', { target: 1, clientId: 'l' }, { to: 'U2' })).toBe('CORE_RATE_LIMITED')
  expect((await phone.request('chat.history', {}, { to: 'U2' })).messages.length).toBe(50)
  expect(await bob.request('chat.send', say(1), { to: 'U1' })).toMatchObject({ seq: 62 })
  clock.advance(500)
  expect(await phone.request('chat.send', say(120), { to: 'U2' })).toMatchObject({ seq: 63 })
})

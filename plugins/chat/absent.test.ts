// A group that does not exist, one that is not theirs, and one that keeps them out: the same answer after the same work, so that
// neither what is said nor how long it takes tells which it is.

import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import * as v from 'valibot'
import { type SetUp, setUp } from '../../test/support/set-up.ts'
import type { Loose } from '../../test/support/socket.ts'
import { countingDriver } from '../../test/support/sqlite-counter.ts'
import { chat } from './index.ts'

const driver = countingDriver()
let plugin: SetUp
/** Groups that the stranger is not in, by why. */
const groups: Record<string, string> = { absent: 'G404' }
const stranger = 'U9'

beforeAll(async () => {
  plugin = await setUp(chat, v.parse(chat.config as v.GenericSchema, {}) as object, { runtime: driver })
  const make = async (rules: object): Promise<string> => (await plugin.ask('U1', 'create', { name: 'Club', users: ['U2'], ...rules })).id
  groups.foreign = await make({})
  groups.dismissed = await make({ joining: 'open' })
  groups.banning = await make({ joining: 'open' })
  await plugin.ask('U1', 'dismiss', {}, groups.dismissed)
  await plugin.ask('U1', 'ban', { users: [stranger] }, groups.banning)
})
afterAll(() => plugin.dispose())

const once = async (verb: string, input: object, to?: string): Promise<Loose> => {
  const before = driver.run.length
  const answer = await plugin.ask(stranger, verb, input, to).catch(({ code, message, detail }: Loose) => ({ code, message, detail }))
  return { answer, queries: driver.run.slice(before) }
}

/** What a verb answers, and the queries that it asked. The index of the search asks between them now and then: whatever is the same twice in a row is the verb's own. */
const answerTo = async (verb: string, input: object, to?: string): Promise<Loose> => {
  let before = await once(verb, input, to)
  for (let tries = 0; tries < 20; tries++) {
    const after = await once(verb, input, to)
    if (Bun.deepEquals(after, before)) return after
    before = after
  }
  return before
}

/** Inputs of the verbs that need some. */
const target = { target: 1, clientId: 'c' }
const inputs: Readonly<Record<string, object>> = {
  ...{ send: { text: 'x', clientId: 'c' }, edit: { ...target, text: 'x' }, recall: target, pin: target, react: { ...target, emoji: 'x' } },
  ...{ read: { seq: 1 }, delivered: { seq: 1 }, change: { name: 'x' }, promote: { user: 'U2', role: 'admin' }, mute: { until: null } },
  ...Object.fromEntries(['invite', 'kick', 'admit', 'reject', 'ban', 'unban'].map((verb) => [verb, { users: ['U2'] }])),
  revoke: { code: 'x' },
  ...{ forward: { ...target, from: 'U2' }, hide: { targets: [1] }, draft: { text: 'x', time: '2026-11-20T12:00:00.000Z' } },
}

describe('a group that somebody is not in is answered alike, whatever the reason', () => {
  const verbs = Object.entries(chat.messages ?? {}).filter(([, { address }]: Loose) => address === 'to')

  test.each(verbs)('chat.%s', async (verb, { input }: Loose) => {
    const given = v.safeParse(input, inputs[verb] ?? {})
    // Whoever adds a verb says here how it is called.
    expect([verb, given.success]).toEqual([verb, true])
    const absent = await answerTo(verb, given.output, groups.absent)
    if (verb !== 'withdraw') expect(absent.answer.code).toBe('CHAT_NO_SUCH_CONVERSATION')
    expect(absent.queries.length).toBeGreaterThan(0)
    for (const [why, to] of Object.entries(groups)) expect([why, await answerTo(verb, given.output, to)]).toEqual([why, absent])
  })

  test('chat.forward out of it', async () => {
    await plugin.ask(stranger, 'send', { text: 'hi', clientId: 'c' }, 'U2')
    const absent = await answerTo('forward', { ...target, clientId: 'f', from: groups.absent }, 'U2')
    expect(absent.answer.code).toStartWith('CHAT_NO_SUCH_')
    for (const [why, from] of Object.entries(groups)) {
      expect([why, await answerTo('forward', { ...target, clientId: 'f', from }, 'U2')]).toEqual([why, absent])
    }
  })

  test('chat.search in it', async () => {
    const absent = await answerTo('search', { text: 'hi', to: groups.absent, limit: 20 })
    for (const [why, to] of Object.entries(groups)) {
      expect([why, await answerTo('search', { text: 'hi', to, limit: 20 })]).toEqual([why, absent])
    }
  })

  test('chat.peek', async () => {
    const absent = await answerTo('peek', { group: groups.absent })
    expect(absent.answer.code).toBe('CHAT_NO_SUCH_CONVERSATION')
    for (const [why, group] of Object.entries(groups)) expect([why, await answerTo('peek', { group })]).toEqual([why, absent])
  })

  test('chat.enter and chat.peek by a link of a group that has banned them', async () => {
    const { code } = await plugin.ask('U1', 'link', {}, groups.banning)
    for (const verb of ['enter', 'peek']) {
      const absent = await answerTo(verb, { code: 'nothing' })
      expect(absent.answer.code).toBe('CHAT_BAD_LINK')
      expect(await answerTo(verb, { code })).toEqual(absent)
    }
  })
})

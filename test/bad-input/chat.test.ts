// bad-input C, but for groups: what people may make of conversations. The rules are PROTOCOL 11's; here it is tried to do harm.
import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { TestSocket } from '../support/socket.ts'
import { startScene } from './scene.ts'

const scene = await startScene()
afterEach(() => scene.expectUnharmed())
afterAll(() => scene.stop())

const idOf = (socket: TestSocket): string => socket.frames.find(({ type }) => type === 'core.welcome')?.data.user.id

/** Two who have written to each other, and a stranger. */
const people = async () => {
  const [ann, bob, eve] = await Promise.all([scene.connect(), scene.connect(), scene.connect()])
  const to = idOf(bob)
  await ann.request('chat.send', { text: 'one', clientId: 'k1' }, { to })
  return { ann, bob, eve, to, from: idOf(ann) }
}
const mention = { type: 'mention', offset: 0, length: 1, user: 'U1' }
const many = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item)

describe('in a conversation, this is refused', () => {
  test.each([
    ['M3: an edit of what is not there', 'edit', { target: 9, text: 'x', clientId: 'c' }, 'CHAT_NO_SUCH_MESSAGE'],
    ['M3: a recall of a change', 'recall', { target: 0, clientId: 'c' }, 'CORE_BAD_FIELD'],
    ['M6: no entries at all', 'history', { limit: 0 }, 'CORE_BAD_FIELD'],
    ['M6: fewer than none', 'history', { limit: -1 }, 'CORE_BAD_FIELD'],
    ['M6: a hundred thousand entries', 'history', { limit: 100_000 }, 'CORE_BAD_FIELD'],
    ['M8: a position that is none', 'read', { seq: -1 }, 'CORE_BAD_FIELD'],
    ['M9: 51 mentions', 'send', { text: 'x', clientId: 'c', entities: many(51, mention) }, 'CORE_BAD_FIELD'],
    ['M9: 10,000 mentions', 'send', { text: 'x', clientId: 'c', entities: many(1_001, 0) }, 'CORE_TOO_COMPLEX'],
    ['M9: @all where nobody governs', 'send', { text: 'x', clientId: 'c', entities: [{ ...mention, type: 'all' }] }, 'CHAT_NOT_ALLOWED'],
    ['M9: a mention behind the text', 'send', { text: 'x', clientId: 'c', entities: [{ ...mention, length: 2 }] }, 'CORE_BAD_FIELD'],
    ['M9: a mention of a group', 'send', { text: 'x', clientId: 'c', entities: [{ ...mention, user: 'G1' }] }, 'CORE_BAD_FIELD'],
    ['hiding 101 messages', 'hide', { targets: many(101, 1) }, 'CORE_BAD_FIELD'],
    ['hiding what is not there', 'hide', { targets: [1, 2] }, 'CHAT_NO_SUCH_MESSAGE'],
    ['a mute until no time', 'personalize', { mute: '+275760-09-13T00:00:00.001Z' }, 'CORE_BAD_FIELD'],
    ['a mute since before 1970', 'personalize', { mute: '1969-12-31T23:59:59Z' }, 'CORE_BAD_FIELD'],
    ['a draft of 4,097 characters', 'draft', { text: 'x'.repeat(4_097), time: '2026-01-01T00:00:00Z' }, 'CHAT_TEXT_TOO_LONG'],
    ['a draft of no time', 'draft', { text: 'x', time: '9e99' }, 'CORE_BAD_FIELD'],
    [
      'content called like a part of every object',
      'send',
      { clientId: 'c', content: { kind: 'constructor', data: {} } },
      'CHAT_UNKNOWN_CONTENT',
    ],
    ['content that is a list', 'send', { clientId: 'c', content: { kind: 'x', data: [] } }, 'CORE_BAD_FIELD'],
    ['a message of nothing', 'send', { clientId: 'c' }, 'CHAT_TEXT_EMPTY'],
    ['a forward from nowhere', 'forward', { from: 'U999999', target: 1, clientId: 'c' }, 'CHAT_NO_SUCH_MESSAGE'],
    ['a forward that names its author', 'forward', { from: 'U1', target: 1, clientId: 'c', forward: {} }, 'CORE_BAD_FIELD'],
  ] as const)('%s', async (_, verb, data, code) => {
    const { ann, to } = await people()
    expect(await ann.refusal(`chat.${verb}`, data, { to })).toBe(code)
    expect((await ann.request('chat.history', {}, { to })).head).toBe(1)
  })
})

test('M3: what is another’s is neither edited nor recalled, and what was recalled stays so', async () => {
  const { ann, bob, to, from } = await people()
  expect(await bob.refusal('chat.edit', { target: 1, text: 'x', clientId: 'c' }, { to: from })).toBe('CHAT_NOT_YOURS')
  expect(await bob.refusal('chat.recall', { target: 1, clientId: 'c' }, { to: from })).toBe('CHAT_NOT_YOURS')
  await ann.request('chat.recall', { target: 1, clientId: 'r' }, { to })
  expect(await ann.refusal('chat.edit', { target: 1, text: 'x', clientId: 'c' }, { to })).toBe('CHAT_RECALLED')
})

test('M8: receipts beyond the head and backwards are answered with where one is', async () => {
  const { bob, from } = await people()
  const read = async (seq: number) => (await bob.request('chat.read', { seq }, { to: from })).read
  expect([await read(Number.MAX_SAFE_INTEGER), await read(0)]).toEqual([1, 1])
})

test('M10: markup is text like any other, and links are http, https and mailto', async () => {
  const { ann, bob, to, from } = await people()
  const texts = [
    '<img src=x onerror=alert(1)>',
    '[x](javascript:alert(1))',
    '*'.repeat(5_000),
    '😀'.repeat(5_000),
    '\u202e\u200b\u0301'.repeat(500),
  ]
  for (const [n, text] of texts.entries()) await ann.request('chat.send', { text, clientId: `t${n}` }, { to })
  const { messages } = await bob.request('chat.history', { after: 1 }, { to: from })
  expect(messages.map(({ data }: { data: { text: string } }) => data.text)).toEqual(texts)
  for (const url of [
    'javascript:alert(1)',
    'JAVASCRIPT:x',
    'data:text/html,x',
    'vbscript:x',
    ' https://a',
    'file:///etc/passwd',
    'https://a\n',
  ])
    expect(
      await ann.refusal('chat.send', { text: 'x', clientId: 'l', entities: [{ type: 'link', offset: 0, length: 1, url }] }, { to }),
    ).toBe('CORE_BAD_FIELD')
})

test('what one wants for oneself changes nothing for anybody else, whatever it is', async () => {
  const { ann, bob, eve, to, from } = await people()
  const before = await bob.request('chat.list')
  const anything = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom(true, false, 1, '2030-01-01T00:00:00Z', [1]))
  const keys = [
    'mute',
    'pin',
    'archive',
    'marked',
    'text',
    'time',
    'targets',
    'seq',
    'receipts',
    'reply',
    'cursor',
    'folder',
    'from',
    'user',
  ]
  const verb = fc.constantFrom('personalize', 'draft', 'hide', 'clear')
  await fc.assert(
    fc.asyncProperty(verb, fc.dictionary(fc.constantFrom(...keys), anything, { maxKeys: 3 }), async (name, data) => {
      for (const [who, whom] of [
        [ann, to],
        [eve, to],
        [eve, 'G1'],
      ] as const)
        await who
          .request(`chat.${name}`, data, { to: whom })
          .catch(({ code }) => expect(code).toMatch(/^(CORE_BAD_FIELD|CORE_TOO_COMPLEX|CHAT_\w+)$/))
    }),
    { numRuns: 200 },
  )
  expect(await bob.request('chat.list')).toEqual(before)
  expect((await bob.request('chat.history', {}, { to: from })).messages).toHaveLength(1)
}, 30_000)

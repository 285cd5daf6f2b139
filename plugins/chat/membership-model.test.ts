// Random people do random things to a group, next to a naive model of it: who is in, in which role, who may read up to where,
// and what each of them is answered.
import { afterAll, beforeAll, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Command, commands, type Draft, drafts, GroupModel, limits, people } from '../../test/support/group-model.ts'
import { type SetUp, setUp } from '../../test/support/set-up.ts'
import type { Loose } from '../../test/support/socket.ts'
import { chat } from './index.ts'

let plugin: SetUp

beforeAll(async () => {
  const fixed = { maxText: 100, windowSeconds: 60, groupBans: 100, groupApplications: 100, maxApplications: 100 }
  plugin = await setUp(chat, { ...fixed, groupSize: limits.size, groupLinks: limits.links })
})
afterAll(() => plugin.dispose())

/** What a person is answered: the ack, or the code of the refusal. */
const ask = (user: string, to: string, verb: string, input: object = {}): Promise<Loose> =>
  plugin.ask(user, verb, input, to).catch((refusal: { code?: string }) => {
    if (refusal.code === undefined) throw refusal
    return refusal.code
  })

/** A group of the plugin's, driven by the same commands as the model. */
class RealGroup {
  readonly to: string
  readonly #codes: string[] = []
  #sent = 0

  constructor(to: string) {
    this.to = to
  }

  async run(command: Command): Promise<unknown> {
    const { actor, verb } = command
    if (verb === 'pass') {
      plugin.pass(60_000)
      return 'done'
    }
    const answer = await ask(actor, this.to, verb, this.#input(command))
    if (typeof answer === 'string') return answer
    if (verb === 'link') this.#codes.push(answer.code)
    if (verb === 'join' || verb === 'enter') return answer.state
    const [list] = Object.values(answer ?? {}).filter(Array.isArray)
    return verb === 'send' || !list ? 'done' : list
  }

  #input({ verb, users, ...rest }: Command): object {
    if (verb === 'send') return { text: 'hi', clientId: `c${++this.#sent}` }
    if (verb === 'link') return { ...(rest.uses && { uses: rest.uses }), ...(rest.expires && { expiresIn: 90 }) }
    if (verb === 'enter' || verb === 'revoke') return { code: this.#codes[rest.link] ?? 'nothing' }
    if (verb === 'promote') return { user: users[0], role: rest.role }
    if (verb === 'change') return rest.rules
    if (verb === 'join') return { note: '' }
    return ['leave', 'dismiss', 'withdraw'].includes(verb) ? {} : { users }
  }

  /** What one person sees of it. */
  async seenBy(user: string): Promise<object> {
    const info = await ask(user, this.to, 'info')
    const history = await ask(user, this.to, 'history', { after: 0, limit: 200 })
    const seqs = typeof history === 'string' ? [] : history.messages.map(({ seq }: Loose) => seq)
    const seen = { from: seqs[0], to: seqs.at(-1), isDense: seqs.every((seq: number, n: number) => seq === seqs[0] + n) }
    return { role: typeof info === 'string' ? undefined : info.role, ...seen }
  }

  /** What its members see of it. */
  async seenInside(user: string): Promise<object> {
    const { count, owner } = await ask(user, this.to, 'info')
    const { members } = await ask(user, this.to, 'members', { after: '', limit: 200 })
    return { count, owner, roles: Object.fromEntries(members.map(({ id, role }: Loose) => [id, role])) }
  }
}

test('a group and its naive model agree on every answer, on who is in, and on what each may read', async () => {
  let steps = 0
  const outcomes = new Map<string, number>()
  const sorted = (answer: unknown): unknown => (Array.isArray(answer) ? answer.toSorted() : answer)
  const play = async (draft: Draft, list: readonly Command[]): Promise<void> => {
    const { actor: owner, users, ...rules } = draft
    const made = await ask(owner, '', 'create', { name: 'Model', users, kind: 'group', ...rules })
    const model = new GroupModel(draft)
    const group = new RealGroup(made.id)
    for (const each of list) {
      const command = model.resolve(each)
      const expected = model.run(command)
      const actual = await group.run(command)
      expect([command, sorted(actual)]).toEqual([command, sorted(expected)])
      const name = `${command.verb} ${Array.isArray(expected) ? Math.min(expected.length, 1) : expected}`
      outcomes.set(name, (outcomes.get(name) ?? 0) + 1)
      steps++
    }
    for (const user of people) expect([user, await group.seenBy(user)]).toEqual([user, model.seenBy(user)])
    const { owner: last } = model.inside
    if (last) expect(await group.seenInside(last)).toEqual(model.inside)
    // What is still open does not weigh on the next group.
    for (const user of model.applicants) expect(await ask(user, group.to, 'withdraw')).toEqual({})
  }
  await fc.assert(fc.asyncProperty(drafts, commands, play), { numRuns: 1_000 })
  // Not in vain: what matters has happened, and has been refused.
  expect(steps).toBeGreaterThan(5_000)
  const seen = [
    'join joined',
    'join pending',
    'admit 1',
    'reject 1',
    'enter joined',
    'invite 1',
    'kick 1',
    'ban 1',
    'unban 1',
    'promote done',
  ]
  const refused = [
    'join CHAT_GROUP_FULL',
    'enter CHAT_BAD_LINK',
    'leave CHAT_OWNER_STAYS',
    'invite CHAT_NOT_ALLOWED',
    'join CHAT_NO_SUCH_CONVERSATION',
  ]
  expect([...seen, ...refused].filter((name) => !outcomes.has(name))).toEqual([])
}, 240_000)

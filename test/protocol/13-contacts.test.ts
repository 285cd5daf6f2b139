// PROTOCOL.md section 13: contacts, requests, blocks.
import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import type { Loose } from '../support/socket.ts'
import { fresh, type Guest, startTarget } from './target.ts'

const target = await startTarget()
afterAll(() => target.stop())
const lacks = target.lacks('auth') ?? target.lacks('contacts')

const pair = (): Promise<[Guest, Guest]> => Promise.all([target.connect('Ann'), target.connect('Bob')])
const ask = async ({ socket }: Guest, verb: string, to: Guest, data: object = {}): Promise<Loose> =>
  (await socket.request(`contacts.${verb}`, data, { to: to.id })).contact
const refusal = ({ socket }: Guest, verb: string, to: string): Promise<string> => socket.refusal(`contacts.${verb}`, {}, { to })
/** The seq of a message, or why it was refused. */
const write = ({ socket }: Guest, to: Guest): Promise<Loose> =>
  socket.request('chat.send', { text: 'Hello', clientId: fresh('c') }, { to: to.id }).then(
    ({ seq }) => seq,
    ({ code }) => code,
  )

describeUnless(lacks)('PROTOCOL 13: contacts', () => {
  test('are two of whom one asked and the other accepted', async () => {
    const [ann, bob] = await pair()
    expect(await ask(ann, 'request', bob, { note: 'It is me' })).toMatchObject({ state: 'outgoing', user: { id: bob.id, name: 'Bob' } })
    expect(await bob.socket.next('contacts.requested')).toMatchObject({
      from: ann.id,
      to: bob.id,
      data: { contact: { state: 'incoming', note: 'It is me' } },
    })
    expect((await bob.socket.request('contacts.requests')).requests).toMatchObject([{ user: { id: ann.id, name: 'Ann' } }])
    await ask(bob, 'accept', ann)
    expect((await ann.socket.next('contacts.accepted')).data.contact).toMatchObject({ state: 'contact', user: { id: bob.id } })
    expect((await ann.socket.request('contacts.list')).contacts).toMatchObject([{ user: { id: bob.id }, state: 'contact' }])
    await ask(ann, 'remove', bob)
    expect((await bob.socket.next('contacts.removed')).data.contact.state).toBe('none')
  })

  test('are not oneself, nobody, or somebody who never asked', async () => {
    const [ann, bob] = await pair()
    expect(await refusal(ann, 'request', ann.id)).toBe('CONTACTS_SELF')
    expect(await refusal(ann, 'request', 'U1')).toBe('CONTACTS_NO_SUCH_USER')
    expect(await refusal(ann, 'accept', bob.id)).toBe('CONTACTS_NO_REQUEST')
  })
})

describeUnless(lacks ?? target.lacks('chat'))('PROTOCOL 13: who may write', () => {
  test('is neither of two of whom one has blocked the other, until the block ends', async () => {
    const [ann, bob] = await pair()
    expect(await write(bob, ann)).toBe(1)
    await ask(ann, 'block', bob)
    expect([await write(bob, ann), await write(ann, bob)]).toEqual(['CHAT_REFUSED', 'CHAT_REFUSED'])
    await ask(ann, 'unblock', bob)
    expect([await write(bob, ann), await write(ann, bob)]).toEqual([2, 3])
    await bob.socket.settle()
    expect(bob.socket.frames.filter(({ type }) => type.startsWith('contacts.'))).toEqual([])
  })

  test('is whom the addressee wants', async () => {
    const [ann, bob] = await pair()
    const eve = await target.connect('Eve')
    await ask(bob, 'request', ann)
    await ask(ann, 'accept', bob)
    await ann.socket.request('contacts.settings', { whoMayWrite: 'contacts' })
    expect([await write(bob, ann), await write(eve, ann)]).toEqual([1, 'CHAT_REFUSED'])
    await ann.socket.request('contacts.settings', { whoMayWrite: 'nobody' })
    expect([await write(bob, ann), await write(ann, bob)]).toEqual(['CHAT_REFUSED', 2])
    await ann.socket.request('contacts.settings', { whoMayWrite: 'everyone' })
    expect(await write(eve, ann)).toBe(1)
  })
})

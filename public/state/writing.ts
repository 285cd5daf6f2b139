// What is written in a conversation: a new message, perhaps an answer, or the new text of an old one.
import { signal } from '@preact/signals'
import { fromMarks, type Mentionable, mentionsIn, type Rich, toMarks } from '../text/rich.ts'
import { client, welcome } from './connection.ts'
import { draftTime } from './drafts.ts'
import { editing } from './editing.ts'
import { membersOf, roleIn } from './groups.ts'
import type { Line } from './layout.ts'
import { givenNameOf } from './people.ts'
import { texts } from './settings.ts'
import type { Thread } from './thread.ts'
import { setUnsaid, unsaid } from './unsaid.ts'

/** The most characters of one message (PROTOCOL.md, section 11); a server may have been set to fewer and refuses then. */
const usualLimit = 16_384

/** The most characters that may be sent. */
export const textLimit = (): number => Math.min(usualLimit, welcome.value?.limits.textLength ?? usualLimit)

/** The message that is answered, by conversation. */
export const replying = signal<ReadonlyMap<string, number>>(new Map())

/** Answer a message; `undefined` answers none. */
export const setReply = (peer: string, seq: number | undefined): void => {
  const next = new Map(replying.peek())
  if (seq === undefined) next.delete(peer)
  else next.set(peer, seq)
  replying.value = next
}

/** Who was picked for a name that several have. */
const picked = new Map<string, string>()

/** Note that `name` was picked for this person. */
export const pick = ({ id, name }: Mentionable): void => void picked.set(name, id)

/** Everybody else in a group, those picked first. */
export const mentionable = (peer: string, me: string): readonly Mentionable[] =>
  membersOf(peer)
    .flatMap(({ id }) => {
      const name = givenNameOf(id)
      return id === me || name === undefined ? [] : [{ id, name }]
    })
    .sort((a, b) => Number(picked.get(b.name) === b.id) - Number(picked.get(a.name) === a.id))

/** What calls everybody in this group; `undefined` where one may not. */
export const everybodyIn = (peer: string, me: string): string | undefined =>
  ['owner', 'admin'].includes(roleIn(peer, me) ?? '') ? texts.value.mentionAll : undefined

/** What was typed, as it is sent. */
const richOf = (source: string, peer: string, me: string): Rich => {
  const rich = fromMarks(source.trim())
  const mentions = mentionsIn(rich, mentionable(peer, me), everybodyIn(peer, me))
  return { text: rich.text, entities: [...rich.entities, ...mentions] }
}

/** Begin to edit a message. */
export const startEditing = (peer: string, { seq = 0, text, entities }: Line): void => {
  editing.value = { peer, seq, text: toMarks({ text, entities }) }
}

/** The newest message of ours that can be edited, for the key that edits it. */
export const lastOwn = (thread: Thread, me: string): Line | undefined => {
  const message = thread.log.peek().findLast(({ from, data }) => from === me && data.recalledAt === undefined && data.forward === undefined)
  return message && { ...({ entities: [], ...message.data } as unknown as Line), seq: message.seq }
}

/** The text in the composer, and what can be done with it. */
export const writingIn = (thread: Thread, me: string) => {
  const { peer } = thread
  const edited = editing.value?.peer === peer ? editing.value : undefined
  const text = edited?.text ?? unsaid.value.get(peer) ?? ''
  const canSend = text.trim() !== '' && text.trim().length <= textLimit()
  const write = (next: string): void => {
    if (edited) editing.value = { ...edited, text: next }
    else {
      setUnsaid(peer, next)
      thread.setTyping(next !== '')
    }
  }
  const send = (): void => {
    if (!canSend) return
    const rich = richOf(text, peer, me)
    const more = rich.entities.length > 0 ? { entities: rich.entities } : {}
    if (edited) {
      client.peek()?.chat.edit(peer, edited.seq, rich.text, more)
      editing.value = undefined
      return
    }
    const reply = replying.peek().get(peer)
    const draft = draftTime(peer)
    client.peek()?.chat.send(peer, rich.text, { ...more, ...(reply !== undefined && { reply }), ...(draft !== undefined && { draft }) })
    thread.toNewest()
    setReply(peer, undefined)
    write('')
  }
  return { text, canSend, send, write, edited }
}

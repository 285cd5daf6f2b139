// Puts the parts together: what lives as long as the page, and what lives as long as somebody is signed in.
import { effect, untracked } from '@preact/signals'
import type { User } from '../api.ts'
import { veil } from '../text/veil.ts'
import type { PageClient } from '../wire.ts'
import { announce } from './announcer.ts'
import { startAttention } from './attention.ts'
import { ringingTitle, startCalls } from './calls.ts'
import { startClock } from './clock.ts'
import { client, connect, startConnection } from './connection.ts'
import { startContacts } from './contacts.ts'
import { startConversations, unreadTotal } from './conversations.ts'
import { startDrafts } from './drafts.ts'
import { startFound } from './found.ts'
import { startGroupInfo } from './group-info.ts'
import { startGroups } from './groups.ts'
import { startMentions } from './mentions.ts'
import { startNotices, startNotifySettings } from './notify.ts'
import { startOutbox } from './outbox.ts'
import { nameOf, startPeople } from './people.ts'
import { startPins } from './pins.ts'
import { startReceipts } from './receipts.ts'
import { peer, resetRoute, startRoute } from './route.ts'
import { startSession, user } from './session.ts'
import { startSettings, texts } from './settings.ts'
import { startTyping } from './typing.ts'
import { forgetUnsaid, startUnsaid } from './unsaid.ts'
import { startWishes } from './wishes.ts'

/** Say what somebody else writes, in the open conversation and elsewhere. */
const startAnnouncing = (made: PageClient, me: string): (() => void) =>
  made.chat.onPosted((posted) => {
    // A call says by itself that it is there.
    if (posted.from === me || posted.data.content?.kind === 'calls') return
    const words = texts.peek()
    announce(words.incoming(nameOf(posted.from) ?? words.unnamed, veil(posted.data.text, posted.data.entities)))
  })

const beginFor = (me: User): (() => void) => {
  const disconnect = connect(me)
  const made = client.peek() as PageClient
  const ends = [
    startUnsaid(me.id),
    startPeople(made, me.id),
    startGroups(made),
    startGroupInfo(made),
    startReceipts(made, me.id),
    startTyping(made),
    startPins(made, me.id),
    startMentions(made, me.id),
    startOutbox(made, me.id),
    startConversations(made, me.id),
    startAnnouncing(made, me.id),
    startWishes(made),
    startContacts(made),
    startDrafts(made, me.id),
    startNotices(made, me.id),
    startCalls(made, me.id),
  ]
  return () => {
    for (const end of ends.reverse()) end()
    disconnect()
  }
}

const followUser = (): void => {
  let present: { readonly me: User; end(): void } | undefined
  effect(() => {
    const next = user.value
    if (next?.id === present?.me.id) return
    untracked(() => {
      if (present) {
        present.end()
        // Another person's conversations are not in this one's address.
        resetRoute()
        if (!next) forgetUnsaid(present.me.id)
      }
      present = next && { me: next, end: beginFor(next) }
    })
  })
}

const followTitle = (): void => {
  effect(() => {
    const count = unreadTotal.value
    const name = peer.value === undefined ? undefined : nameOf(peer.value)
    document.title = ringingTitle.value ?? `${count > 0 ? `(${count}) ` : ''}${name ? `${name} – ` : ''}Parley`
  })
}

/** Start everything that is not drawn. */
export const startState = (): void => {
  startSettings()
  startClock()
  startAttention()
  startConnection()
  startRoute()
  startFound()
  startNotifySettings()
  startSession()
  followUser()
  followTitle()
}

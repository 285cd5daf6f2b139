import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import {
  type Audience,
  audience,
  type Contact,
  myBlocked,
  myContacts,
  requestsIn,
  requestsOut,
  setAudience,
  withContact,
} from '../state/contacts.ts'
import { isHere, nameOf } from '../state/people.ts'
import { openConversation } from '../state/route.ts'
import { matches } from '../state/search.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { LongList } from './long-list.tsx'
import { openPerson } from './person-panel.tsx'
import { SearchField, searchedFrom } from './search-field.tsx'
import { Section } from './section.tsx'
import { Segmented } from './segmented.tsx'
import { Fault, useTask } from './task.tsx'

/** Whether the contacts are shown. */
export const isContactsOpen = signal(false)

const close = (): void => {
  isContactsOpen.value = false
}

interface Deed {
  readonly label: string
  readonly isSoft?: boolean
  readonly verb: string
}

const One = ({ contact, deeds }: { readonly contact: Contact; readonly deeds: readonly Deed[] }) => {
  const { id } = contact.user
  const name = nameOf(id) ?? texts.value.unnamed
  const { isBusy, fault, run } = useTask()
  return (
    <li class="request">
      <Avatar id={id} name={name} size="small" isHere={isHere(id) === true} />
      <span class="request__main">
        <bdi class="picker__name">{name}</bdi>
        {contact.note && <span class="request__note">{contact.note}</span>}
      </span>
      <span class="panel__choice">
        {deeds.map(({ label, isSoft, verb }) => (
          <button
            key={verb}
            class={`button button--small ${isSoft ? 'button--soft' : ''}`}
            type="button"
            disabled={isBusy}
            onClick={() => run(() => withContact(verb, id))}
          >
            {label}
          </button>
        ))}
      </span>
      <Fault text={fault} />
    </li>
  )
}

const Friend = ({ contact }: { readonly contact: Contact }) => {
  const { id } = contact.user
  const name = nameOf(id) ?? texts.value.unnamed
  const write = (): void => {
    close()
    openConversation(id)
  }
  return (
    <div class="friend">
      <button class="picker__one picker__one--press" type="button" onClick={write}>
        <Avatar id={id} name={name} size="small" isHere={isHere(id) === true} />
        <bdi class="picker__name">{name}</bdi>
        {contact.remark && contact.user.name && <bdi class="picker__role">{contact.user.name}</bdi>}
      </button>
      <button class="button button--small button--soft" type="button" onClick={() => openPerson(id)}>
        {texts.value.details}
      </button>
    </div>
  )
}

/** The contacts, with a search where they are many. */
const Friends = () => {
  const words = texts.value
  const [wanted, setWanted] = useState('')
  const all = myContacts.value
  const fitting = all.filter(({ user }) => wanted.trim() === '' || matches(nameOf(user.id) ?? '', wanted.trim()))
  return (
    <>
      {all.length >= searchedFrom && <SearchField label={words.search} value={wanted} onInput={setWanted} />}
      <div class="picker">
        <LongList
          class="friends"
          label={words.contacts}
          items={fitting}
          guess={52}
          keyOf={({ user }) => user.id}
          draw={(contact) => <Friend contact={contact} />}
        />
      </div>
    </>
  )
}

const WhoMayWrite = () => {
  const words = texts.value
  const { fault, run } = useTask()
  if (audience.value === undefined) return null
  return (
    <>
      <Segmented<Audience>
        legend={words.whoMayWrite}
        name="audience"
        value={audience.value}
        options={[
          ['everyone', words.audienceEveryone],
          ['contacts', words.audienceContacts],
          ['nobody', words.audienceNobody],
        ]}
        onChange={(next) => run(() => setAudience(next))}
      />
      <Fault text={fault} />
    </>
  )
}

const Group = ({ title, all, deeds }: { readonly title: string; readonly all: readonly Contact[]; readonly deeds: readonly Deed[] }) =>
  all.length === 0 ? null : (
    <Section title={title} count={all.length} isOpen={deeds.length > 1}>
      <ul class="picker">
        {all.map((contact) => (
          <One key={contact.user.id} contact={contact} deeds={deeds} />
        ))}
      </ul>
    </Section>
  )

/** One's contacts, who asks to be one, whom one has blocked, and who may write. */
export const ContactsPanel = () => {
  const words = texts.value
  if (!isContactsOpen.value) return null
  const deciding = [
    { label: words.accept, verb: 'accept' },
    { label: words.refuse, verb: 'refuse', isSoft: true },
  ]
  return (
    <Dialog title={words.contacts} onClose={close}>
      <Group title={words.requestsIn} all={requestsIn.value} deeds={deciding} />
      {myContacts.value.length === 0 && <p class="panel__hint">{words.noContacts}</p>}
      <Friends />
      <Group title={words.requestsOut} all={requestsOut.value} deeds={[{ label: words.takeBack, verb: 'remove', isSoft: true }]} />
      <Group title={words.blocked} all={myBlocked.value} deeds={[{ label: words.unblock, verb: 'unblock', isSoft: true }]} />
      <WhoMayWrite />
    </Dialog>
  )
}

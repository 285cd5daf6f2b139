import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import { type Contact, contactOf, withContact } from '../state/contacts.ts'
import { givenNameOf, isHere, nameOf } from '../state/people.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { confirm } from './confirm.tsx'
import { Dialog } from './dialog.tsx'
import { Fault, useTask } from './task.tsx'
import { TextField } from './text-field.tsx'
import { WishesSection } from './wishes-section.tsx'

/** Whose details are shown. */
const person = signal<string | undefined>(undefined)

/** Show somebody's details. */
export const openPerson = (id: string): void => {
  person.value = id
}

const close = (): void => {
  person.value = undefined
}

type Run = (work: () => Promise<unknown>) => void

/** To ask somebody who is no contact yet. */
const Asking = ({ id, isBusy, run }: { readonly id: string; readonly isBusy: boolean; readonly run: Run }) => {
  const words = texts.value
  const [note, setNote] = useState('')
  return (
    <form
      class="group-form"
      onSubmit={(event) => {
        event.preventDefault()
        run(() => withContact('request', id, note.trim() === '' ? {} : { note: note.trim() }))
      }}
    >
      <TextField id="contact-note" label={words.requestNote} most={100} value={note} onInput={setNote} />
      <button class="button" type="submit" disabled={isBusy}>
        {words.addContact}
      </button>
    </form>
  )
}

/** What one calls a contact. */
const Remark = ({ contact, isBusy, run }: { readonly contact: Contact; readonly isBusy: boolean; readonly run: Run }) => {
  const words = texts.value
  const [remark, setRemark] = useState(contact.remark ?? '')
  return (
    <form
      class="group-form"
      onSubmit={(event) => {
        event.preventDefault()
        run(() => withContact('remark', contact.user.id, { remark: remark.trim() }))
      }}
    >
      <TextField id="contact-remark" label={words.remark} most={60} value={remark} onInput={setRemark} />
      <button class="button button--soft" type="submit" disabled={isBusy || remark.trim() === (contact.remark ?? '')}>
        {words.save}
      </button>
    </form>
  )
}

const Answer = ({ id, isBusy, run }: { readonly id: string; readonly isBusy: boolean; readonly run: Run }) => (
  <div class="leave__choice">
    <button class="button button--soft" type="button" disabled={isBusy} onClick={() => run(() => withContact('refuse', id))}>
      {texts.value.refuse}
    </button>
    <button class="button" type="button" disabled={isBusy} onClick={() => run(() => withContact('accept', id))}>
      {texts.value.accept}
    </button>
  </div>
)

const Ending = ({
  contact,
  name,
  isBusy,
  run,
}: {
  readonly contact: Contact
  readonly name: string
  readonly isBusy: boolean
  readonly run: Run
}) => {
  const words = texts.value
  const { id } = contact.user
  const sure = (label: string, text: string, verb: string) => async (): Promise<void> => {
    if (await confirm(label, text, label)) await withContact(verb, id)
  }
  return (
    <>
      {contact.state === 'contact' && (
        <button
          class="button button--bad"
          type="button"
          disabled={isBusy}
          onClick={() => run(sure(words.removeContact, words.removeContactSure(name), 'remove'))}
        >
          {words.removeContact}
        </button>
      )}
      {contact.blocked ? (
        <button class="button button--soft" type="button" disabled={isBusy} onClick={() => run(() => withContact('unblock', id))}>
          {words.unblock}
        </button>
      ) : (
        <button
          class="button button--bad"
          type="button"
          disabled={isBusy}
          onClick={() => run(sure(words.block, words.blockSure(name), 'block'))}
        >
          {words.block}
        </button>
      )}
    </>
  )
}

/** Somebody else: whether they are a contact, and what one may do about it. */
export const PersonPanel = () => {
  const words = texts.value
  const { isBusy, fault, run } = useTask()
  const id = person.value
  if (id === undefined) return null
  const contact = contactOf(id)
  const name = nameOf(id) ?? words.unnamed
  const given = givenNameOf(id)
  const parts = { isBusy, run }
  return (
    <Dialog title={words.details} onClose={close}>
      <div class="profile">
        <Avatar id={id} name={name} size="large" isHere={isHere(id) === true} />
        <bdi class="profile__name">{name}</bdi>
        {given !== undefined && given !== name && <bdi class="profile__kind">{given}</bdi>}
      </div>
      {contact.state === 'none' && !contact.blocked && <Asking id={id} {...parts} />}
      {contact.state === 'incoming' && (
        <>
          <p class="panel__hint">{words.asksYou(name)}</p>
          {contact.note && <p class="panel__notice">{contact.note}</p>}
          <Answer id={id} {...parts} />
        </>
      )}
      {contact.state === 'outgoing' && <p class="panel__hint">{words.asked(name)}</p>}
      {contact.state === 'contact' && <Remark key={contact.remark} contact={contact} {...parts} />}
      <WishesSection peer={id} />
      <Fault text={fault} />
      <Ending contact={contact} name={name} {...parts} />
    </Dialog>
  )
}

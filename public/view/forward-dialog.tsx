import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import { conversations } from '../state/conversations.ts'
import { act } from '../state/groups.ts'
import { here, nameOf } from '../state/people.ts'
import { openConversation } from '../state/route.ts'
import { matches } from '../state/search.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { SearchField } from './search-field.tsx'
import { Fault, useTask } from './task.tsx'

/** The message that is to be passed on. */
export const forwarding = signal<{ readonly peer: string; readonly seq: number } | undefined>(undefined)

const close = (): void => {
  forwarding.value = undefined
}

let count = 0
const clientId = (): string => `fwd-${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}-${++count}`

/** Whom a message can be passed on to. */
export const ForwardDialog = ({ me }: { readonly me: string }) => {
  const words = texts.value
  const [wanted, setWanted] = useState('')
  const { isBusy, fault, run } = useTask()
  const what = forwarding.value
  if (!what) return null
  const all = [...new Set([...conversations.value.map(({ peer }) => peer), ...here.value.map(({ id }) => id)])]
  const named = all.map((id) => ({ id, name: id === me ? words.yourself : (nameOf(id) ?? words.unnamed) }))
  const fitting = named.filter(({ name }) => wanted.trim() === '' || matches(name, wanted.trim())).slice(0, 100)
  const send = (to: string) => async (): Promise<void> => {
    await act('chat.forward', { from: what.peer, target: what.seq, clientId: clientId() }, to)
    close()
    openConversation(to)
  }
  return (
    <Dialog title={words.forward} onClose={close}>
      <SearchField label={words.search} value={wanted} onInput={setWanted} />
      <ul class="picker">
        {fitting.map(({ id, name }) => (
          <li key={id}>
            <button class="picker__one picker__one--press" type="button" disabled={isBusy} onClick={() => run(send(id))}>
              <Avatar id={id} name={name} size="small" />
              <bdi class="picker__name">{name}</bdi>
            </button>
          </li>
        ))}
      </ul>
      <Fault text={fault} />
    </Dialog>
  )
}

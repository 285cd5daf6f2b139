import { useState } from 'preact/hooks'
import { createGroup } from '../state/groups.ts'
import { openConversation } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { Dialog } from './dialog.tsx'
import { PeoplePicker } from './people-picker.tsx'
import { Fault, useTask } from './task.tsx'

/** A dialog to make a group. */
export const NewGroup = ({ me, onClose }: { readonly me: string; onClose(): void }) => {
  const words = texts.value
  const [name, setName] = useState('')
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set())
  const { isBusy, fault, run } = useTask()
  const make = async (): Promise<void> => {
    const id = await createGroup(name.trim(), [...chosen])
    onClose()
    openConversation(id)
  }
  return (
    <Dialog title={words.newGroup} onClose={onClose}>
      <form
        class="group-form"
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') run(make)
        }}
      >
        <div class="field">
          <label class="field__label" for="group-name">
            {words.groupName}
          </label>
          <div class="field__box">
            <input
              id="group-name"
              class="field__input"
              maxLength={60}
              value={name}
              autoComplete="off"
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </div>
        </div>
        <PeoplePicker legend={words.groupPeople} without={new Set([me])} chosen={chosen} onChange={choose} />
        <Fault text={fault} />
        <button class="button" type="submit" disabled={isBusy || name.trim() === ''}>
          {words.createGroup}
        </button>
      </form>
    </Dialog>
  )
}

import { useState } from 'preact/hooks'
import { createGroup } from '../state/groups.ts'
import { openConversation } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { Dialog } from './dialog.tsx'
import { PeoplePicker } from './people-picker.tsx'
import { Refused } from './refused.tsx'
import { Fault, useTask } from './task.tsx'
import { TextField } from './text-field.tsx'

/** A dialog to make a group. */
export const NewGroup = ({ me, onClose }: { readonly me: string; onClose(): void }) => {
  const words = texts.value
  const [name, setName] = useState('')
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set())
  const { isBusy, fault, run } = useTask()
  const [made, setMade] = useState<{ id: string; refused: readonly string[] }>()
  const enter = (id: string): void => {
    onClose()
    openConversation(id)
  }
  const make = async (): Promise<void> => {
    const group = await createGroup(name.trim(), [...chosen])
    if (group.refused.length === 0) enter(group.id)
    else setMade(group)
  }
  if (made) {
    return (
      <Dialog title={name} onClose={onClose}>
        <Refused people={made.refused} />
        <button class="button" type="button" onClick={() => enter(made.id)}>
          {words.openGroup}
        </button>
      </Dialog>
    )
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
        <TextField id="group-name" label={words.groupName} most={60} value={name} onInput={setName} />
        <PeoplePicker legend={words.groupPeople} without={new Set([me])} chosen={chosen} onChange={choose} />
        <Fault text={fault} />
        <button class="button" type="submit" disabled={isBusy || name.trim() === ''}>
          {words.createGroup}
        </button>
      </form>
    </Dialog>
  )
}

import { useState } from 'preact/hooks'
import type { User } from '../api.ts'
import { rename } from '../state/session.ts'
import { texts } from '../state/settings.ts'
import { Section } from './section.tsx'
import { Fault, useTask } from './task.tsx'
import { TextField } from './text-field.tsx'

/** What one is called. */
export const OwnName = ({ me }: { readonly me: User }) => {
  const words = texts.value
  const [name, setName] = useState(me.name)
  const { isBusy, fault, run } = useTask()
  const wanted = name.trim()
  const save = (event: Event): void => {
    event.preventDefault()
    if (wanted !== '' && wanted !== me.name) run(() => rename(wanted))
  }
  return (
    <Section title={words.changeName}>
      <form class="group-form" onSubmit={save}>
        <TextField id="own-name" label={words.yourName} most={40} value={name} onInput={setName} />
        <Fault text={fault} />
        <button class="button button--soft" type="submit" disabled={isBusy || wanted === '' || wanted === me.name}>
          {words.save}
        </button>
      </form>
    </Section>
  )
}

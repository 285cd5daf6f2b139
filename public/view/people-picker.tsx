import { myContacts } from '../state/contacts.ts'
import { conversations } from '../state/conversations.ts'
import { isGroup } from '../state/groups.ts'
import { here, nameOf } from '../state/people.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'

/** Everybody who is here or was talked to, but for those in `without`. */
const candidates = (without: ReadonlySet<string>): readonly string[] => {
  const ids = [
    ...myContacts.value.map(({ user }) => user.id),
    ...here.value.map(({ id }) => id),
    ...conversations.value.map(({ peer }) => peer).filter((peer) => !isGroup(peer)),
  ]
  return [...new Set(ids)].filter((id) => !without.has(id))
}

interface PeoplePickerProps {
  readonly legend: string
  /** Whether a heading above says the same. */
  readonly isNamed?: boolean
  readonly without: ReadonlySet<string>
  readonly chosen: ReadonlySet<string>
  onChange(chosen: ReadonlySet<string>): void
}

/** A list of people to be ticked. */
export const PeoplePicker = ({ legend, isNamed, without, chosen, onChange }: PeoplePickerProps) => {
  const words = texts.value
  const people = candidates(without)
  const toggle = (id: string): void => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    onChange(next)
  }
  return (
    <fieldset class="picker">
      <legend class={isNamed ? 'said' : 'field__label'}>{legend}</legend>
      {people.length === 0 && <p class="picker__none">{words.nobodyKnown}</p>}
      {people.map((id) => {
        const name = nameOf(id) ?? words.unnamed
        return (
          <label key={id} class="picker__one">
            <Avatar id={id} name={name} size="small" />
            <bdi class="picker__name">{name}</bdi>
            <input class="picker__tick" type="checkbox" checked={chosen.has(id)} onChange={() => toggle(id)} />
          </label>
        )
      })}
    </fieldset>
  )
}

import { useState } from 'preact/hooks'
import { myContacts } from '../state/contacts.ts'
import { conversations } from '../state/conversations.ts'
import { isGroup } from '../state/groups.ts'
import { here, nameOf } from '../state/people.ts'
import { matches } from '../state/search.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { LongList } from './long-list.tsx'
import { SearchField, searchedFrom } from './search-field.tsx'

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
  const [wanted, setWanted] = useState('')
  const people = candidates(without).map((id) => ({ id, name: nameOf(id) ?? words.unnamed }))
  const fitting = people.filter(({ name }) => wanted.trim() === '' || matches(name, wanted.trim()))
  const toggle = (id: string): void => {
    const next = new Set(chosen)
    if (!next.delete(id)) next.add(id)
    onChange(next)
  }
  return (
    <fieldset class="people-picker">
      <legend class={isNamed ? 'said' : 'field__label'}>{legend}</legend>
      {people.length === 0 && <p class="picker__none">{words.nobodyKnown}</p>}
      {people.length >= searchedFrom && <SearchField label={words.search} value={wanted} onInput={setWanted} />}
      <div class="picker">
        <LongList
          class="people"
          items={fitting}
          guess={52}
          keyOf={({ id }) => id}
          draw={({ id, name }) => (
            <label class="picker__one">
              <Avatar id={id} name={name} size="small" />
              <bdi class="picker__name">{name}</bdi>
              <input class="picker__tick" type="checkbox" checked={chosen.has(id)} onChange={() => toggle(id)} />
            </label>
          )}
        />
      </div>
    </fieldset>
  )
}

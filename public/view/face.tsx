import { has } from '../state/connection.ts'
import { isGroup } from '../state/groups.ts'
import type { Line } from '../state/layout.ts'
import { nameOf } from '../state/people.ts'
import { openConversation } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { openPerson } from './person-panel.tsx'

/** In a group, whoever wrote beside the last of their messages in a row; pressed, it tells about them. */
export const Face = ({ line: { own, last, author }, peer }: { readonly line: Line; readonly peer: string }) => {
  if (own || !last || !isGroup(peer)) return null
  const name = nameOf(author) ?? texts.value.unnamed
  return (
    <button
      class="line__face"
      type="button"
      tabIndex={-1}
      aria-label={texts.value.personDetails(name)}
      title={name}
      onClick={() => (has('contacts') ? openPerson(author) : openConversation(author))}
    >
      <Avatar id={author} name={name} size="tiny" />
    </button>
  )
}

import { nameOf } from '../state/people.ts'
import { texts } from '../state/settings.ts'

/** Who could not be brought into a group; why is not told. */
export const Refused = ({ people }: { readonly people: readonly string[] }) => {
  const words = texts.value
  if (people.length === 0) return null
  return (
    <p class="panel__hint" role="status">
      {words.inviteRefused(people.map((id) => nameOf(id) ?? words.unnamed).join(words.listComma))}
    </p>
  )
}

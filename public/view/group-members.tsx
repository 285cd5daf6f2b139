import { useState } from 'preact/hooks'
import { countOf } from '../state/group-info.ts'
import { type GroupMember, hasMoreMembers, loadMoreMembers, membersOf } from '../state/groups.ts'
import { isHere, nameOf } from '../state/people.ts'
import { matches } from '../state/search.ts'
import { texts } from '../state/settings.ts'
import { MemberRow } from './group-member.tsx'
import { LongList } from './long-list.tsx'
import { SearchField, searchedFrom } from './search-field.tsx'

const ranks: Readonly<Record<string, number>> = { owner: 0, admin: 1 }

interface Named {
  readonly member: GroupMember
  readonly name: string
  readonly rank: number
}

/** Owner and admins first, then who is here, each by name. */
const inOrder = (members: readonly GroupMember[]): readonly Named[] =>
  members
    .map((member) => ({ member, name: nameOf(member.id) ?? '', rank: ranks[member.role] ?? (isHere(member.id) ? 2 : 3) }))
    .sort((a, b) => a.rank - b.rank || a.name.localeCompare(b.name))

interface MembersProps {
  readonly peer: string
  readonly me: string
  /** One's own role. */
  readonly mine: string | undefined
}

/** Who is in a group, with a search where they are many. */
export const Members = ({ peer, me, mine }: MembersProps) => {
  const words = texts.value
  const [wanted, setWanted] = useState('')
  const count = countOf(peer)
  const fitting = inOrder(membersOf(peer)).filter(({ name }) => wanted.trim() === '' || matches(name, wanted.trim()))
  return (
    <>
      {count >= searchedFrom && <SearchField label={words.searchMembers} value={wanted} onInput={setWanted} />}
      <div class="picker">
        <LongList
          class="members"
          label={words.groupMembers(count)}
          items={fitting}
          guess={52}
          keyOf={({ member }) => member.id}
          draw={({ member }) => <MemberRow peer={peer} member={member} me={me} mine={mine} />}
          onNearEnd={() => loadMoreMembers(peer)}
        />
        {fitting.length === 0 && wanted !== '' && !hasMoreMembers(peer) && (
          <p class="picker__none" role="status">
            {words.noSuchMember}
          </p>
        )}
      </div>
    </>
  )
}

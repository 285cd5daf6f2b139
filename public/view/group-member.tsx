import { useState } from 'preact/hooks'
import { loadEntrances } from '../state/group-info.ts'
import { act, type GroupMember, loadMembers } from '../state/groups.ts'
import { isHere, nameOf } from '../state/people.ts'
import { openConversation } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { confirm } from './confirm.tsx'
import { groupDialog } from './group-dialogs.tsx'
import { MoreIcon } from './icons.tsx'
import { Fault, useTask } from './task.tsx'

interface MemberRowProps {
  readonly peer: string
  readonly member: GroupMember
  readonly me: string
  /** One's own role. */
  readonly mine: string | undefined
}

const ranks: Readonly<Record<string, number>> = { member: 0, admin: 1, owner: 2 }
const rank = (role: string | undefined): number => ranks[role ?? ''] ?? 0

interface Deed {
  readonly label: string
  readonly isBad?: boolean
  run(): Promise<unknown>
}

/** What the owner alone may do. */
const owning = ({ peer, member: { id, role } }: MemberRowProps, name: string): readonly Deed[] => {
  const words = texts.value
  const promote = (next: string) => () => act('chat.promote', { user: id, role: next }, peer)
  const handOver = async (): Promise<void> => {
    if (await confirm(words.handOver, words.handOverSure(name), words.handOver)) await promote('owner')()
  }
  return [
    role === 'admin' ? { label: words.demote, run: promote('member') } : { label: words.promote, run: promote('admin') },
    { label: words.handOver, run: handOver },
  ]
}

/** What whoever stands above a member may do. */
const governing = ({ peer, member: { id, mutedUntil } }: MemberRowProps, name: string): readonly Deed[] => {
  const words = texts.value
  const mute = (hours: number) => () =>
    act('chat.mute', { user: id, until: hours === 0 ? null : new Date(Date.now() + hours * 3_600_000).toISOString() }, peer)
  const out = (type: 'chat.kick' | 'chat.ban', label: string, text: string) => async (): Promise<void> => {
    if (await confirm(label, text, label)) await act(type, { users: [id] }, peer)
  }
  const isMuted = mutedUntil !== undefined && Date.parse(mutedUntil) > Date.now()
  const hours = isMuted ? [] : [1, 24].map((count) => ({ label: words.muteFor(words.hours(count)), run: mute(count) }))
  return [
    ...(isMuted ? [{ label: words.unmute, run: mute(0) }] : hours),
    { label: words.remove, isBad: true, run: out('chat.kick', words.remove, words.removeSure(name)) },
    { label: words.ban, isBad: true, run: out('chat.ban', words.ban, words.banSure(name)) },
  ]
}

const deedsOf = (props: MemberRowProps, name: string): readonly Deed[] => {
  const { member, me, mine } = props
  if (member.id === me) return []
  const write = async (): Promise<void> => {
    groupDialog.value = undefined
    openConversation(member.id)
  }
  return [
    { label: texts.value.messageTo(name), run: write },
    ...(mine === 'owner' ? owning(props, name) : []),
    ...(rank(mine) > rank(member.role) ? governing(props, name) : []),
  ]
}

const Deeds = ({ deeds, peer }: { readonly deeds: readonly Deed[]; readonly peer: string }) => {
  const { isBusy, fault, run } = useTask()
  const then = (deed: Deed) => async (): Promise<void> => {
    await deed.run()
    loadMembers(peer)
    if (deed.isBad) loadEntrances(peer, true)
  }
  return (
    <div class="member__deeds">
      {deeds.map((deed) => (
        <button
          key={deed.label}
          class={`member__deed ${deed.isBad ? 'member__deed--bad' : ''}`}
          type="button"
          disabled={isBusy}
          onClick={() => run(then(deed))}
        >
          {deed.label}
        </button>
      ))}
      <Fault text={fault} />
    </div>
  )
}

/** One member, and what one may do with them. */
export const MemberRow = (props: MemberRowProps) => {
  const words = texts.value
  const { member, me, peer } = props
  const [isOpen, open] = useState(false)
  const name = nameOf(member.id) ?? words.unnamed
  const roles: Readonly<Record<string, string>> = { owner: words.roleOwner, admin: words.roleAdmin }
  const deeds = deedsOf(props, name)
  return (
    <div class="member">
      <div class="picker__one">
        <Avatar id={member.id} name={name} size="small" isHere={isHere(member.id) === true} />
        <bdi class="picker__name">{member.id === me ? words.you : name}</bdi>
        {roles[member.role] && <span class="picker__role">{roles[member.role]}</span>}
        {deeds.length > 0 && (
          <button
            class="icon-button"
            type="button"
            aria-label={words.memberMenu(name)}
            aria-expanded={isOpen}
            onClick={() => open(!isOpen)}
          >
            <MoreIcon size={20} />
          </button>
        )}
      </div>
      {isOpen && <Deeds deeds={deeds} peer={peer} />}
    </div>
  )
}

import { signal } from '@preact/signals'
import { useEffect, useState } from 'preact/hooks'
import { ClientError } from '../../src/client/index.ts'
import { drop } from '../state/conversations.ts'
import { createGroup, dismissGroup, type GroupMember, invite, leaveGroup, loadMembers, membersOf } from '../state/groups.ts'
import { isHere, nameOf } from '../state/people.ts'
import { closeConversation, openConversation } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { Dialog } from './dialog.tsx'
import { DownIcon, LeaveIcon } from './icons.tsx'
import { PeoplePicker } from './people-picker.tsx'

/** The dialog that is shown: for a new group, or with a group's members. */
export const groupDialog = signal<{ readonly kind: 'new' } | { readonly kind: 'members'; readonly peer: string } | undefined>(undefined)

const close = (): void => {
  groupDialog.value = undefined
}

/** What is under way: one thing at a time, and why it did not work. */
const useTask = () => {
  const [isBusy, setBusy] = useState(false)
  const [fault, setFault] = useState<string>()
  const run = (work: () => Promise<void>): void => {
    if (isBusy) return
    setBusy(true)
    setFault(undefined)
    const fail = (error: unknown): void => {
      const known: Readonly<Record<string, string>> = texts.peek().errors
      setFault((error instanceof ClientError && known[error.code]) || texts.peek().somethingWrong)
    }
    void work()
      .catch(fail)
      .finally(() => setBusy(false))
  }
  return { isBusy, fault, run }
}

const Fault = ({ text }: { readonly text: string | undefined }) =>
  text === undefined ? null : (
    <p class="field__error" role="alert">
      {text}
    </p>
  )

const NewGroup = ({ me }: { readonly me: string }) => {
  const words = texts.value
  const [name, setName] = useState('')
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set())
  const { isBusy, fault, run } = useTask()
  const make = async (): Promise<void> => {
    const id = await createGroup(name.trim(), [...chosen])
    close()
    openConversation(id)
  }
  return (
    <Dialog title={words.newGroup} onClose={close}>
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
        <button class="button" type="submit" disabled={isBusy || name.trim() === '' || chosen.size === 0}>
          {words.createGroup}
        </button>
      </form>
    </Dialog>
  )
}

const Row = ({ member, me }: { readonly member: GroupMember; readonly me: string }) => {
  const words = texts.value
  const name = nameOf(member.id) ?? words.unnamed
  const roles: Readonly<Record<string, string>> = { owner: words.roleOwner, admin: words.roleAdmin }
  return (
    <li class="picker__one">
      <Avatar id={member.id} name={name} size="small" isHere={isHere(member.id) === true} />
      <bdi class="picker__name">{member.id === me ? words.you : name}</bdi>
      {roles[member.role] && <span class="picker__role">{roles[member.role]}</span>}
    </li>
  )
}

const Inviting = ({ peer, members }: { readonly peer: string; readonly members: readonly GroupMember[] }) => {
  const words = texts.value
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set())
  const { isBusy, fault, run } = useTask()
  const bring = async (): Promise<void> => {
    await invite(peer, [...chosen])
    choose(new Set())
    loadMembers(peer)
  }
  return (
    <details class="keys">
      <summary class="keys__title">
        <DownIcon size={18} />
        {words.inviteOthers}
      </summary>
      <PeoplePicker legend={words.inviteOthers} without={new Set(members.map(({ id }) => id))} chosen={chosen} onChange={choose} />
      <Fault text={fault} />
      <button class="button button--soft" type="button" disabled={isBusy || chosen.size === 0} onClick={() => run(bring)}>
        {words.invite}
      </button>
    </details>
  )
}

const Leaving = ({ peer, isOwner }: { readonly peer: string; readonly isOwner: boolean }) => {
  const words = texts.value
  const { isBusy, fault, run } = useTask()
  const go = async (): Promise<void> => {
    await (isOwner ? dismissGroup(peer) : leaveGroup(peer))
    close()
    closeConversation()
    drop(peer)
  }
  return (
    <>
      <Fault text={fault} />
      <button class="button button--bad" type="button" disabled={isBusy} onClick={() => run(go)}>
        <LeaveIcon size={20} />
        {isOwner ? words.dismissGroup : words.leaveGroup}
      </button>
    </>
  )
}

const Members = ({ peer, me }: { readonly peer: string; readonly me: string }) => {
  const words = texts.value
  const members = membersOf(peer)
  useEffect(() => loadMembers(peer), [peer])
  const name = nameOf(peer) ?? words.unnamed
  return (
    <Dialog title={name} onClose={close}>
      <p class="picker__none">{words.groupMembers(members.length)}</p>
      <ul class="picker">
        {members.map((member) => (
          <Row key={member.id} member={member} me={me} />
        ))}
      </ul>
      <Inviting peer={peer} members={members} />
      <Leaving peer={peer} isOwner={members.some(({ id, role }) => id === me && role === 'owner')} />
    </Dialog>
  )
}

/** Whichever dialog about groups is open. */
export const GroupDialogs = ({ me }: { readonly me: string }) => {
  const open = groupDialog.value
  if (!open) return null
  return open.kind === 'new' ? <NewGroup me={me} /> : <Members peer={open.peer} me={me} />
}

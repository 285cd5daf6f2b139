import { useEffect, useState } from 'preact/hooks'
import { drop } from '../state/conversations.ts'
import { applicationsOf, countOf, type GroupInfo, governs, infoOf, loadInfo } from '../state/group-info.ts'
import { act, dismissGroup, type GroupMember, invite, leaveGroup, loadMembers, membersOf } from '../state/groups.ts'
import { nameOf } from '../state/people.ts'
import { closeConversation } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { confirm } from './confirm.tsx'
import { Dialog } from './dialog.tsx'
import { GroupEdit } from './group-edit.tsx'
import { Applications, Bans, Links } from './group-entrances.tsx'
import { Members } from './group-members.tsx'
import { LeaveIcon } from './icons.tsx'
import { PeoplePicker } from './people-picker.tsx'
import { Refused } from './refused.tsx'
import { Section } from './section.tsx'
import { Fault, useTask } from './task.tsx'
import { WishesSection } from './wishes-section.tsx'

const Inviting = ({ peer, members }: { readonly peer: string; readonly members: readonly GroupMember[] }) => {
  const words = texts.value
  const [chosen, choose] = useState<ReadonlySet<string>>(new Set())
  const [refused, setRefused] = useState<readonly string[]>([])
  const { isBusy, fault, run } = useTask()
  const bring = async (): Promise<void> => {
    setRefused(await invite(peer, [...chosen]))
    choose(new Set())
    loadMembers(peer)
  }
  return (
    <Section title={words.inviteOthers}>
      <PeoplePicker legend={words.inviteOthers} isNamed without={new Set(members.map(({ id }) => id))} chosen={chosen} onChange={choose} />
      <Refused people={refused} />
      <Fault text={fault} />
      <button class="button button--soft" type="button" disabled={isBusy || chosen.size === 0} onClick={() => run(bring)}>
        {words.invite}
      </button>
    </Section>
  )
}

const Leaving = ({
  peer,
  name,
  isOwner,
  onGone,
}: {
  readonly peer: string
  readonly name: string
  readonly isOwner: boolean
  onGone(): void
}) => {
  const words = texts.value
  const { isBusy, fault, run } = useTask()
  const go = async (): Promise<void> => {
    const action = isOwner ? words.dismissGroup : words.leaveGroup
    const isSure = await confirm(action, isOwner ? words.dismissSure(name) : words.leaveSure(name), isOwner ? words.dismiss : words.leave)
    if (!isSure) return
    await (isOwner ? dismissGroup(peer) : leaveGroup(peer))
    onGone()
    closeConversation()
    drop(peer)
  }
  return (
    <>
      <Fault text={fault} />
      {isOwner && <p class="panel__hint">{words.ownerLeaves}</p>}
      <button class="button button--bad" type="button" disabled={isBusy} onClick={() => run(go)}>
        <LeaveIcon size={20} />
        {isOwner ? words.dismissGroup : words.leaveGroup}
      </button>
    </>
  )
}

const MuteAll = ({ peer, info }: { readonly peer: string; readonly info: GroupInfo }) => {
  const words = texts.value
  const { isBusy, fault, run } = useTask()
  const isMuted = info.mutedUntil !== undefined && Date.parse(info.mutedUntil) > Date.now()
  const mute = (hours: number) => async (): Promise<void> => {
    await act('chat.mute', { until: hours === 0 ? null : new Date(Date.now() + hours * 3_600_000).toISOString() }, peer)
    loadInfo(peer)
  }
  return (
    <Section title={words.muteAll}>
      <p class="panel__hint">{isMuted ? words.mutedAll : words.muteAllHint}</p>
      <Fault text={fault} />
      <div class="panel__choice">
        {isMuted ? (
          <button class="button button--soft button--small" type="button" disabled={isBusy} onClick={() => run(mute(0))}>
            {words.unmute}
          </button>
        ) : (
          [1, 24, 24 * 7].map((hours) => (
            <button key={hours} class="button button--soft button--small" type="button" disabled={isBusy} onClick={() => run(mute(hours))}>
              {words.hours(hours)}
            </button>
          ))
        )}
      </div>
    </Section>
  )
}

const mayInvite = (info: GroupInfo | undefined): boolean =>
  info !== undefined && (governs(info.role) || (info.inviting === 'members' && info.joining !== 'approval'))

interface GroupPanelProps {
  readonly peer: string
  readonly me: string
  onClose(): void
}

const Parts = ({ peer, me, onClose }: GroupPanelProps) => {
  const words = texts.value
  const info = infoOf(peer)
  const members = membersOf(peer)
  const name = nameOf(peer) ?? words.unnamed
  const isGovernor = governs(info?.role)
  return (
    <>
      {info?.notice && <p class="panel__notice">{info.notice}</p>}
      {isGovernor && applicationsOf(peer).length > 0 && <Applications peer={peer} />}
      <Members peer={peer} me={me} mine={info?.role} />
      {mayInvite(info) && <Inviting peer={peer} members={members} />}
      {mayInvite(info) && <Links peer={peer} isGovernor={isGovernor} />}
      {isGovernor && info && <GroupEdit key={`${info.name} ${info.notice} ${info.avatar}`} peer={peer} info={info} />}
      {isGovernor && info && <MuteAll peer={peer} info={info} />}
      {isGovernor && <Bans peer={peer} />}
      <WishesSection peer={peer} />
      <Leaving peer={peer} name={name} isOwner={info?.role === 'owner'} onGone={onClose} />
    </>
  )
}

/** A group: who is in it, its rules, and what one may do with it. */
export const GroupPanel = (props: GroupPanelProps) => {
  const { peer, onClose } = props
  const words = texts.value
  useEffect(() => {
    loadMembers(peer)
    loadInfo(peer)
  }, [peer])
  const name = nameOf(peer) ?? words.unnamed
  return (
    <Dialog title={words.groupTitle} onClose={onClose}>
      <div class="profile">
        <Avatar id={peer} name={name} size="large" />
        <bdi class="profile__name">{name}</bdi>
        <span class="profile__kind">{words.groupMembers(countOf(peer))}</span>
      </div>
      <Parts {...props} />
    </Dialog>
  )
}

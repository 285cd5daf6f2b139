import { useEffect, useRef } from 'preact/hooks'
import { errorText } from '../i18n/error-text.ts'
import { has } from '../state/connection.ts'
import { conversations } from '../state/conversations.ts'
import { applicationsOf, countOf, loadInfo } from '../state/group-info.ts'
import { isGroup, loadMembers } from '../state/groups.ts'
import { loadMentions } from '../state/mentions.ts'
import { isHere, nameOf } from '../state/people.ts'
import { closeConversation } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { reopen, reopened, type Thread, threadWith } from '../state/thread.ts'
import { typingIn } from '../state/typing.ts'
import { wish } from '../state/wishes.ts'
import { Avatar } from './avatar.tsx'
import { CallButtons } from './call-buttons.tsx'
import { CallGoing } from './call-going.tsx'
import { Composer } from './composer.tsx'
import { groupDialog } from './group-dialogs.tsx'
import { AlertIcon, BackIcon, MoreIcon, PeopleIcon } from './icons.tsx'
import { MessageList } from './message-list.tsx'
import { Outside } from './outside.tsx'
import { openPerson } from './person-panel.tsx'
import { PinBar } from './pin-bar.tsx'
import { hasKeyboard } from './viewport.ts'

const Presence = ({ peer }: { readonly peer: string }) => {
  const words = texts.value
  const busy = typingIn(peer, words)
  if (busy) return <span class="head__presence head__presence--typing">{busy}</span>
  if (isGroup(peer)) {
    const count = countOf(peer)
    return count === 0 ? null : <span class="head__presence">{words.groupMembers(count)}</span>
  }
  const present = isHere(peer)
  // Nothing is said where nothing is known: rooms are off, or there is no line.
  if (!has('rooms') || present === undefined) return null
  return <span class={`head__presence ${present ? 'head__presence--here' : ''}`}>{present ? words.here : words.away}</span>
}

const Head = ({ peer, name, isSelf }: { readonly peer: string; readonly name: string; readonly isSelf: boolean }) => {
  const title = useRef<HTMLHeadingElement>(null)
  // A keyboard on the screen would cover half of what somebody came to read: the composer takes the focus on a desktop only.
  useEffect(() => {
    if (!hasKeyboard()) title.current?.focus()
  }, [])
  return (
    <header class="head">
      <button
        class="icon-button head__back"
        type="button"
        aria-label={texts.value.back}
        title={texts.value.back}
        onClick={closeConversation}
      >
        <BackIcon size={24} />
      </button>
      <Avatar id={peer} name={name} size="small" isHere={!isSelf && isHere(peer) === true} />
      <div class="head__text">
        <h2 class="head__name" ref={title} tabIndex={-1}>
          <bdi>{name}</bdi>
        </h2>
        {!isSelf && <Presence peer={peer} />}
      </div>
      <span class="head__tools">
        {!isSelf && <CallButtons peer={peer} name={name} />}
        {!isGroup(peer) && !isSelf && has('contacts') && (
          <button
            class="icon-button head__group"
            type="button"
            aria-haspopup="dialog"
            aria-label={texts.value.personDetails(name)}
            title={texts.value.details}
            onClick={() => openPerson(peer)}
          >
            <MoreIcon />
          </button>
        )}
        {isGroup(peer) && (
          <button
            class="icon-button head__group"
            type="button"
            aria-haspopup="dialog"
            aria-label={texts.value.groupDetails}
            title={texts.value.groupDetails}
            onClick={() => {
              groupDialog.value = { kind: 'members', peer }
            }}
          >
            <PeopleIcon />
            {applicationsOf(peer).length > 0 && <span class="badge head__count">{applicationsOf(peer).length}</span>}
          </button>
        )}
      </span>
    </header>
  )
}

const CannotLoad = ({ thread }: { readonly thread: Thread }) => {
  const words = texts.value
  const error = thread.error.value
  const reason = error ? errorText(error.code, words) : words.cannotLoad
  // Whoever is let in meanwhile hears of it by the group itself.
  const isLetIn = conversations.value.some(({ peer, head }) => peer === thread.peer && head > 0)
  useEffect(() => {
    if (isLetIn) reopen(thread.peer)
  }, [isLetIn])
  if (isGroup(thread.peer)) return <Outside peer={thread.peer} reason={reason} />
  return (
    <div class="trouble" role="alert">
      <AlertIcon size={32} />
      <p>{reason}</p>
    </div>
  )
}

interface ConversationProps {
  readonly peer: string
  readonly me: string
}

/** One open conversation. */
export const Conversation = ({ peer, me }: ConversationProps) => {
  const words = texts.value
  const name = peer === me ? words.yourself : (nameOf(peer) ?? words.unnamed)
  const thread = threadWith(peer)
  // Opened again, it is another thread.
  const turn = reopened.value
  const isLoaded = thread?.isLoaded.value === true
  useEffect(() => {
    if (!isLoaded) return
    loadMembers(peer)
    loadInfo(peer)
    if (isGroup(peer)) loadMentions(peer)
  }, [peer, isLoaded])
  const isMarked = conversations.value.some((entry) => entry.peer === peer && entry.marked === true)
  useEffect(() => {
    if (isMarked) wish(peer, { marked: false })
  }, [peer])
  if (!thread) return null
  const isBroken = thread.error.value !== undefined && thread.log.value.length === 0
  return (
    <div class="conversation">
      <Head peer={peer} name={name} isSelf={peer === me} />
      <CallGoing peer={peer} />
      <PinBar peer={peer} me={me} isLoaded={isLoaded} />
      {isBroken ? <CannotLoad thread={thread} /> : <MessageList key={turn} thread={thread} me={me} name={name} />}
      {!isBroken && <Composer thread={thread} name={name} me={me} />}
    </div>
  )
}

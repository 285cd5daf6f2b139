import { minute } from '../state/clock.ts'
import { has } from '../state/connection.ts'
import { conversations, type Entry, hasMore, isMuted, loadMore } from '../state/conversations.ts'
import { isGroup } from '../state/groups.ts'
import { newestOutgoing } from '../state/outbox.ts'
import { here, isHere, nameOf } from '../state/people.ts'
import { progressOf } from '../state/receipts.ts'
import { hrefOf, openConversation, peer } from '../state/route.ts'
import { archivedConversations, foundConversations, query } from '../state/search.ts'
import { locale, texts } from '../state/settings.ts'
import { typingIn } from '../state/typing.ts'
import { unsaid } from '../state/unsaid.ts'
import { spoken, toldBy } from '../text/call-account.ts'
import { listTime } from '../text/time.ts'
import { veil } from '../text/veil.ts'
import { Avatar } from './avatar.tsx'
import { BellOffIcon, PinIcon } from './icons.tsx'
import { LongList } from './long-list.tsx'
import { openRowMenu } from './row-menu.tsx'
import { StateMark } from './state-mark.tsx'

/** The last word of a conversation: unfinished, on its way, or in the log. */
const Preview = ({ entry, me }: { readonly entry: Entry; readonly me: string }) => {
  const words = texts.value
  const unfinished = entry.peer === peer.value ? undefined : unsaid.value.get(entry.peer)
  if (unfinished) {
    return (
      <span class="row__text">
        <span class="row__draft">{words.draft}: </span>
        {unfinished}
      </span>
    )
  }
  const busy = typingIn(entry.peer, words)
  if (busy) return <span class="row__text row__typing">{busy}</span>
  const written = newestOutgoing(entry.peer, entry.head)
  const text = written ? veil(written.text, written.entities) : entry.last ? spoken(entry.last, me, words.calls) : ''
  if (!written && !entry.last) return <span class="row__text row__text--none">{words.nothingSaid}</span>
  const isOwn = written !== undefined || entry.last?.from === me
  const isRecalled = written === undefined && entry.last?.data.recalledAt !== undefined
  const isCall = written === undefined && toldBy(entry.last?.data.content) !== undefined
  const other = isGroup(entry.peer) && entry.last ? (nameOf(entry.last.from) ?? words.unnamed) : undefined
  // What is said of a call says who called.
  const author = isOwn ? (isCall ? undefined : words.you) : other
  return (
    <span class="row__text">
      {author !== undefined && (
        <span class="row__you">
          <bdi>{author}</bdi>
          {': '}
        </span>
      )}
      <span dir="auto">{isRecalled ? words.recalled : text.slice(0, 200)}</span>
    </span>
  )
}

const When = ({ entry, me }: { readonly entry: Entry; readonly me: string }) => {
  const words = texts.value
  const written = newestOutgoing(entry.peer, entry.head)
  const at = written?.createdAt ?? (entry.last ? Date.parse(entry.last.time) : undefined)
  const isOwn = written !== undefined || entry.last?.from === me
  if (at === undefined) return null
  return (
    <span class="row__when">
      {isOwn && (
        <StateMark
          state={written ? (written.state === 'cancelled' ? 'failed' : written.state) : progressOf(entry.peer, entry.last?.seq ?? 0, me)}
        />
      )}
      <time dateTime={new Date(at).toISOString()}>{listTime(at, minute.value, locale.value, words)}</time>
    </span>
  )
}

const Unread = ({ count, isQuiet }: { readonly count: number; readonly isQuiet: boolean }) =>
  count === 0 ? null : (
    <span class={`badge ${isQuiet ? 'badge--quiet' : ''}`}>
      <span aria-hidden="true">{count > 99 ? '99+' : count}</span>
      <span class="said">{texts.value.unread(count)}</span>
    </span>
  )

/** What is wanted of a conversation, and how much of it is new. */
const Marks = ({ entry }: { readonly entry: Entry }) => {
  const words = texts.value
  const { mentions, unread, pin, marked } = entry
  return (
    <span class="row__marks">
      {isMuted(entry) && (
        <span title={words.muted}>
          <BellOffIcon size={15} />
          <span class="said">{words.muted}</span>
        </span>
      )}
      {pin && unread === 0 && (
        <span title={words.pinned}>
          <PinIcon size={15} />
          <span class="said">{words.pinned}</span>
        </span>
      )}
      {mentions > 0 && (
        <span class="badge">
          <span aria-hidden="true">@</span>
          <span class="said">{words.mentioned(mentions)}</span>
        </span>
      )}
      <Unread count={unread} isQuiet={isMuted(entry)} />
      {marked && unread === 0 && (
        <span class="badge badge--dot">
          <span class="said">{words.markedUnread}</span>
        </span>
      )}
    </span>
  )
}

const Row = ({ entry, me }: { readonly entry: Entry; readonly me: string }) => {
  const name = entry.peer === me ? texts.value.yourself : (nameOf(entry.peer) ?? texts.value.unnamed)
  const isHereNow = entry.peer !== me && isHere(entry.peer) === true
  const count = entry.unread
  return (
    <a
      class={`row ${count > 0 ? 'row--unread' : ''}`}
      href={hrefOf(entry.peer)}
      data-stop
      data-peer={entry.peer}
      aria-current={peer.value === entry.peer ? 'true' : undefined}
      onContextMenu={(event) => openRowMenu(entry, event)}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        openConversation(entry.peer)
      }}
    >
      <Avatar id={entry.peer} name={name} isHere={isHereNow} />
      <span class="row__main">
        <span class="row__line">
          <bdi class="row__name">{name}</bdi>
          {isHereNow && <span class="said">{texts.value.here}</span>}
          <When entry={entry} me={me} />
        </span>
        <span class="row__line">
          <Preview entry={entry} me={me} />
          <Marks entry={entry} />
        </span>
      </span>
    </a>
  )
}

const Empty = () => {
  // Alone, somebody is told how to invite others instead.
  if (has('rooms') && here.value.length <= 1) return null
  return (
    <div class="side__empty">
      <p class="side__empty-title">{texts.value.noConversations}</p>
      {has('rooms') && <p>{texts.value.noConversationsHint}</p>}
    </div>
  )
}

interface RowsProps {
  readonly entries: readonly Entry[]
  readonly me: string
  onNearEnd?(): void
}

const Rows = ({ entries, me, onNearEnd }: RowsProps) => (
  <LongList
    class="rows"
    items={entries}
    guess={64}
    current={peer.value}
    keyOf={(entry) => entry.peer}
    draw={(entry) => <Row entry={entry} me={me} />}
    {...(onNearEnd && { onNearEnd })}
  />
)

/** What was put away, folded in. */
const Archive = ({ me }: { readonly me: string }) => {
  const all = archivedConversations.value
  if (all.length === 0 || query.value.trim() !== '') return null
  return (
    <details class="archive">
      <summary class="archive__title">{texts.value.archived(all.length)}</summary>
      <Rows entries={all} me={me} />
    </details>
  )
}

/** The conversations, newest first. */
export const ConversationList = ({ me }: { readonly me: string }) => {
  if (conversations.value.length === 0) return <Empty />
  // Whoever searches sees no heading with nothing under it.
  if (query.value.trim() !== '' && foundConversations.value.length === 0 && !hasMore.value) return null
  return (
    <section aria-labelledby="conversations-title">
      <h2 class="side__title" id="conversations-title">
        {texts.value.conversations}
      </h2>
      <Rows entries={foundConversations.value} me={me} onNearEnd={loadMore} />
      {hasMore.value && (
        <p class="top" role="status">
          <span class="spinner" />
          <span class="said">{texts.value.loading}</span>
        </p>
      )}
      <Archive me={me} />
    </section>
  )
}

import { type ReadonlySignal, useComputed, useSignalEffect } from '@preact/signals'
import { useRef, useState } from 'preact/hooks'
import { isAttentive } from '../state/attention.ts'
import { minute } from '../state/clock.ts'
import { client } from '../state/connection.ts'
import { conversations, markRead } from '../state/conversations.ts'
import { isGroup } from '../state/groups.ts'
import { type Day, type Logged, layout, type Outgoing } from '../state/layout.ts'
import { outgoingTo } from '../state/outbox.ts'
import { locale, texts } from '../state/settings.ts'
import type { Thread } from '../state/thread.ts'
import { dayLabel } from '../text/time.ts'
import { Avatar } from './avatar.tsx'
import { Bubble } from './bubble.tsx'
import { DownIcon } from './icons.tsx'
import { MessageMenu } from './message-menu.tsx'
import { useMessageScroll } from './message-scroll.ts'
import { useRoving } from './roving.ts'

interface MessageListProps {
  readonly thread: Thread
  readonly me: string
  readonly name: string
}

/** Where reading had stopped when the conversation was opened; what comes later is read as it comes and gets no mark. */
const markAtOpening = (peer: string): number => {
  const entry = conversations.peek().find((known) => known.peer === peer)
  return entry && entry.unread > 0 ? entry.read : Number.POSITIVE_INFINITY
}

const toOutgoing = (peer: string): readonly Outgoing[] =>
  outgoingTo(peer).flatMap(({ clientId, text, state, createdAt }) =>
    state === 'cancelled' ? [] : [{ clientId, text, state, at: createdAt }],
  )

const beginning = (peer: string, name: string): string => (isGroup(peer) ? texts.value.beginningIn(name) : texts.value.beginning(name))

const Greeting = ({ peer, name }: { readonly peer: string; readonly name: string }) => {
  const words = texts.value
  return (
    <div class="greeting">
      <Avatar id={peer} name={name} size="large" />
      <p class="greeting__title">{words.sayHello}</p>
      <p class="greeting__hint">{beginning(peer, name)}</p>
      <div class="greeting__chips">
        {words.helloSuggestions.map((text) => (
          <button key={text} class="chip" type="button" onClick={() => client.peek()?.chat.send(peer, text)}>
            {text}
          </button>
        ))}
      </div>
    </div>
  )
}

const Top = ({ thread, name }: { readonly thread: Thread; readonly name: string }) => {
  const words = texts.value
  const isEmpty = thread.log.value.length === 0
  if (!thread.isLoaded.value || thread.isLoadingOlder.value) {
    return (
      <p class="top" role="status">
        <span class="spinner" />
        <span class="said">{isEmpty ? words.loading : words.loadingOlder}</span>
      </p>
    )
  }
  return thread.hasOlder.value || isEmpty ? null : <p class="top">{beginning(thread.peer, name)}</p>
}

/** The messages and, in a group, what changed in it between them. */
const shownOf = ({ log, notices }: Thread): readonly Logged[] =>
  notices.value.length === 0 ? log.value : [...log.value, ...notices.value].sort((a, b) => a.seq - b.seq)

const DaySection = ({ day, peer, me }: { readonly day: Day; readonly peer: string; readonly me: string }) => (
  <section class="day">
    <h3 class="day__label">
      <span>{dayLabel(day.start, minute.value, locale.value, texts.value)}</span>
    </h3>
    <ol class="day__lines">
      {day.lines.map((line) => (
        <Bubble key={line.key} line={line} peer={peer} me={me} />
      ))}
    </ol>
  </section>
)

/** How many messages of others have come since the reader went up from the end. */
const useMissed = (thread: Thread, me: string, isAtEnd: ReadonlySignal<boolean>): ReadonlySignal<number> => {
  const seen = useRef(0)
  return useComputed(() => {
    const log = thread.log.value
    if (isAtEnd.value) seen.current = log.at(-1)?.seq ?? 0
    return log.filter((message) => message.seq > seen.current && message.from !== me).length
  })
}

const Jump = ({ missed, onClick }: { readonly missed: number; onClick(): void }) => {
  const words = texts.value
  return (
    <button class="jump" type="button" aria-label={missed > 0 ? words.jumpToNew(missed) : words.jumpToNewest} onClick={onClick}>
      {missed > 0 && <span class="badge jump__count">{missed > 99 ? '99+' : missed}</span>}
      <DownIcon size={22} />
    </button>
  )
}

/** The messages of one conversation. */
export const MessageList = ({ thread, me, name }: MessageListProps) => {
  const [readUpTo] = useState(() => markAtOpening(thread.peer))
  const days = layout(shownOf(thread), toOutgoing(thread.peer), me, readUpTo)
  const last = days.at(-1)?.lines.at(-1)
  const { ref, isAtEnd, onScroll, toEnd } = useMessageScroll(thread, { lastKey: last?.key, isOwn: last?.own === true })
  const roving = useRoving<HTMLDivElement>()
  const missed = useMissed(thread, me, isAtEnd)
  useSignalEffect(() => {
    const head = thread.log.value.at(-1)?.seq
    if (head !== undefined && isAtEnd.value && isAttentive.value) markRead(thread, head)
  })
  const isEmpty = thread.isLoaded.value && days.length === 0
  return (
    <div class="log">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="log__scroll" ref={ref} onScroll={onScroll} tabIndex={0} aria-label={texts.value.messagesWith(name)}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: hands the arrow keys to the buttons inside */}
        <div class="log__inner" ref={roving.ref} onKeyDown={roving.onKeyDown} onFocusIn={roving.onFocusIn}>
          {isEmpty ? <Greeting peer={thread.peer} name={name} /> : <Top thread={thread} name={name} />}
          {days.map((day) => (
            <DaySection key={day.start} day={day} peer={thread.peer} me={me} />
          ))}
        </div>
      </section>
      <MessageMenu me={me} />
      {!isAtEnd.value && <Jump missed={missed.value} onClick={toEnd} />}
    </div>
  )
}

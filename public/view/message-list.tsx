import { useComputed } from '@preact/signals'
import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { minute } from '../state/clock.ts'
import { client } from '../state/connection.ts'
import { conversations } from '../state/conversations.ts'
import { isGroup } from '../state/groups.ts'
import { type Logged, layout, type Outgoing, type Row, rowsOf } from '../state/layout.ts'
import { outgoingTo } from '../state/outbox.ts'
import { locale, texts } from '../state/settings.ts'
import type { Thread } from '../state/thread.ts'
import { hiddenIn } from '../state/wishes.ts'
import { dayLabel } from '../text/time.ts'
import { Avatar } from './avatar.tsx'
import { Bubble } from './bubble.tsx'
import { Jumps } from './jumps.tsx'
import type { ListPlace } from './list-place.ts'
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
  outgoingTo(peer).flatMap(({ clientId, text, entities, reply, state, createdAt }) =>
    state === 'cancelled' ? [] : [{ clientId, text, entities, reply, state, at: createdAt }],
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

/** The messages and, in a group, what changed in it between them; without what was deleted for oneself. */
const shownOf = ({ peer, log, notices }: Thread): readonly Logged[] => {
  const hidden = hiddenIn(peer)
  const all: readonly Logged[] = log.value
  const shown = all.some(({ seq, data }) => data.hidden || hidden?.has(seq))
    ? all.filter(({ seq, data }) => !data.hidden && !hidden?.has(seq))
    : all
  return notices.value.length === 0 ? shown : [...shown, ...notices.value].sort((a, b) => a.seq - b.seq)
}

const Day = ({ start }: { readonly start: number }) => (
  <li class="day">
    <h3 class="day__label">{dayLabel(start, minute.value, locale.value, texts.value)}</h3>
  </li>
)

// A row that has not changed is not compared again while the list moves.
const made = new WeakMap<Row, VNode>()

const draw = (row: Row, peer: string, me: string): VNode => {
  const known = made.get(row)
  if (known) return known
  const node = row.kind === 'day' ? <Day key={row.key} start={row.start} /> : <Bubble key={row.key} line={row.line} peer={peer} me={me} />
  made.set(row, node)
  return node
}

/** The day at the upper edge while the list moves. */
const MovingDay = ({ place }: { readonly place: ListPlace }) =>
  place.day.value === undefined ? null : (
    <p class="log__day" aria-hidden="true">
      <span class="day__label">{dayLabel(place.day.value, minute.value, locale.value, texts.value)}</span>
    </p>
  )

const useRows = (thread: Thread, me: string, readUpTo: number): readonly Row[] =>
  useComputed(() => {
    // Far from the end, what is on its way has no place yet.
    const outgoing = thread.hasNewer.value ? [] : toOutgoing(thread.peer)
    return rowsOf(layout(shownOf(thread), outgoing, me, readUpTo))
  }).value

/** The messages of one conversation. */
export const MessageList = ({ thread, me, name }: MessageListProps) => {
  const [readUpTo] = useState(() => markAtOpening(thread.peer))
  const { place, scroller, list, onScroll } = useMessageScroll(thread, readUpTo)
  const rows = useRows(thread, me, readUpTo)
  const { first, last, above, below } = place.lay(rows)
  const roving = useRoving<HTMLDivElement>()
  const isEmpty = thread.isLoaded.value && rows.length === 0
  return (
    <div class="log" data-turn={place.turn.value}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="log__scroll" ref={scroller} onScroll={onScroll} tabIndex={0} aria-label={texts.value.messagesWith(name)}>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: hands the arrow keys to the buttons inside */}
        <div class="log__inner" ref={roving.ref} onKeyDown={roving.onKeyDown} onFocusIn={roving.onFocusIn}>
          {isEmpty ? <Greeting peer={thread.peer} name={name} /> : <Top thread={thread} name={name} />}
          <div class="log__room" style={{ height: `${above}px` }} />
          <ol class={`lines ${isGroup(thread.peer) ? 'lines--group' : ''}`} ref={list}>
            {rows.slice(first, last).map((row) => draw(row, thread.peer, me))}
          </ol>
          <div class="log__room" style={{ height: `${below}px` }} />
        </div>
      </section>
      <MovingDay place={place} />
      <MessageMenu me={me} />
      <Jumps thread={thread} place={place} />
    </div>
  )
}

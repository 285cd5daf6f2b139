import { useState } from 'preact/hooks'
import type { Sending } from '../../src/client/index.ts'
import { errorText } from '../i18n/error-text.ts'
import { toggleReaction } from '../state/editing.ts'
import { isGroup } from '../state/groups.ts'
import type { Line } from '../state/layout.ts'
import { discard, outgoingTo } from '../state/outbox.ts'
import { nameOf } from '../state/people.ts'
import { progressOf } from '../state/receipts.ts'
import { locale, texts } from '../state/settings.ts'
import { setUnsaid, unsaid } from '../state/unsaid.ts'
import { colourOf } from '../text/avatar.ts'
import { changeText } from '../text/change.ts'
import { shorten } from '../text/shorten.ts'
import { clockTime, fullTime } from '../text/time.ts'
import { CallBubble } from './call-bubble.tsx'
import { Face } from './face.tsx'
import { PinIcon } from './icons.tsx'
import { openByDots, openByMouse, openByTouch } from './open-menu.ts'
import { Quote } from './quote.tsx'
import { RichText } from './rich-text.tsx'
import { StateMark } from './state-mark.tsx'

// A longer text shows its beginning, or one pasted file would bury the conversation.
const longText = 1_400
const shownOfLong = 900
// A bubble that is drawn within this time of its making comes in with a movement.
const freshMs = 1_500

const Body = ({ line, me }: { readonly line: Line; readonly me: string }) => {
  const { text, entities } = line
  const [isWhole, setWhole] = useState(text.length <= longText)
  if (isWhole) return <RichText text={text} entities={entities} me={me} />
  const beginning = shorten(text, shownOfLong)
  return (
    <>
      <RichText text={beginning} entities={entities.filter(({ offset }) => offset < beginning.length)} me={me} />
      {'… '}
      <button class="bubble__more" type="button" onClick={() => setWhole(true)}>
        {texts.value.showMore}
      </button>
    </>
  )
}

const PinMark = () => (
  <span class="mark" title={texts.value.pinned}>
    <PinIcon size={12} />
    <span class="said">{texts.value.pinned}</span>
  </span>
)

const Meta = ({ line, peer, me }: BubbleProps) => (
  <span class="bubble__meta">
    {line.isPinned && <PinMark />}
    {line.isEdited && <span>{texts.value.edited}</span>}
    <time dateTime={new Date(line.at).toISOString()} title={fullTime(line.at, locale.value)}>
      {clockTime(line.at, locale.value)}
    </time>
    {line.own && <StateMark state={line.state === 'posted' ? progressOf(peer, line.seq ?? 0, me) : line.state} />}
  </span>
)

/** Whether the same text would be refused again. */
const isHopeless = (sending: Sending): boolean => sending.error?.kind === 'too_large' || sending.error?.kind === 'invalid'

/** Back into the composer with it, above what is being written there. */
const edit = (sending: Sending): void => {
  const unfinished = unsaid.peek().get(sending.to) ?? ''
  setUnsaid(sending.to, [sending.text, unfinished].filter(Boolean).join('\n'))
  discard(sending)
  document.querySelector<HTMLElement>('.composer__field')?.focus()
}

const Failed = ({ line, peer }: { readonly line: Line; readonly peer: string }) => {
  const words = texts.value
  const sending = outgoingTo(peer).find(({ clientId }) => `own-${clientId}` === line.key)
  if (!sending) return null
  return (
    <span class="failed">
      <span class="failed__reason">{sending.error ? errorText(sending.error.code, words) : words.stateFailed}</span>
      {isHopeless(sending) ? (
        <button class="failed__action" type="button" onClick={() => edit(sending)}>
          {words.edit}
        </button>
      ) : (
        <button class="failed__action" type="button" onClick={() => sending.retry()}>
          {words.retry}
        </button>
      )}
      <button class="failed__action" type="button" onClick={() => discard(sending)}>
        {words.discard}
      </button>
    </span>
  )
}

const classes = (line: Line): string =>
  [
    'line',
    line.own ? 'line--own' : 'line--other',
    line.first && 'line--first',
    line.last && 'line--last',
    line.jumbo && 'line--jumbo',
    line.isRecalled && 'line--recalled',
    line.state === 'failed' && 'line--failed',
    Date.now() - line.at < freshMs && 'line--fresh',
  ]
    .filter(Boolean)
    .join(' ')

/** A name as its owner reads it. */
const named = (id: string, me: string): string => (id === me ? texts.value.you : (nameOf(id) ?? texts.value.unnamed))

const Reactions = ({ line, peer, me }: BubbleProps) => {
  const words = texts.value
  const all = Object.entries(line.reactions)
  if (all.length === 0) return null
  return (
    <span class="reactions">
      {all.map(([emoji, users]) => {
        const label = `${emoji} ${users.map((id) => named(id, me)).join(words.listComma)}`
        const isOwn = users.includes(me)
        return (
          <button
            key={emoji}
            class="reaction"
            type="button"
            tabIndex={-1}
            data-stop
            aria-pressed={isOwn}
            aria-label={label}
            title={label}
            onClick={() => toggleReaction(peer, line.seq ?? 0, emoji, !isOwn)}
          >
            {emoji}
            <span>{users.length}</span>
          </button>
        )
      })}
    </span>
  )
}

const Author = ({ line, peer, me }: BubbleProps) => {
  if (!line.first) return null
  const name = named(line.own ? me : line.author, me)
  if (line.own || !isGroup(peer)) return <span class="said">{name}: </span>
  return <bdi class={`bubble__author author--${colourOf(line.author)}`}>{name}</bdi>
}

const Notice = ({ line, me }: BubbleProps) => (
  <li class="notice" data-seq={line.seq}>
    <span>
      {changeText(
        line.change ?? {},
        line.author,
        (id, isSubject) => (id === me && !isSubject ? texts.value.youToo : named(id, me)),
        texts.value,
      )}
    </span>
  </li>
)

interface BubbleProps {
  readonly line: Line
  /** The other person, or the group. */
  readonly peer: string
  readonly me: string
}

/** One message, or one change of a group. */
export const Bubble = (props: BubbleProps) => {
  const { line, peer, me } = props
  const words = texts.value
  if (line.change) return <Notice {...props} />
  const hasMenu = line.seq !== undefined && !line.isRecalled
  return (
    <li class={classes(line)} data-seq={line.seq}>
      {line.unread && (
        <span class="unread">
          <span>{words.newMessages}</span>
        </span>
      )}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the keyboard has the button inside */}
      <span
        class="bubble"
        onContextMenu={hasMenu ? (event) => openByMouse(props, event) : undefined}
        onPointerDown={hasMenu ? (event) => openByTouch(props, event) : undefined}
      >
        <Face line={line} peer={peer} />
        <Author {...props} />
        {line.forwardedFrom !== undefined && <span class="bubble__forward">{words.forwardedFrom(named(line.forwardedFrom, me))}</span>}
        {line.reply !== undefined && !line.isRecalled && <Quote peer={peer} seq={line.reply} me={me} />}
        {line.call ? (
          <CallBubble told={line.call} peer={peer} me={me} isOwn={line.own} />
        ) : (
          <span class="bubble__text" dir="auto">
            {line.isRecalled ? words.recalled : <Body key={line.text} line={line} me={me} />}
          </span>
        )}
        <Meta {...props} />
        {hasMenu && (
          <button
            class="bubble__menu"
            type="button"
            tabIndex={-1}
            data-stop
            aria-haspopup="menu"
            aria-label={words.messageMenu}
            onClick={(event) => openByDots(props, event)}
          />
        )}
      </span>
      <Reactions {...props} />
      {line.state === 'failed' && <Failed line={line} peer={peer} />}
    </li>
  )
}

import type { ComponentChildren } from 'preact'
import { useState } from 'preact/hooks'
import type { TextEntity } from '../../src/client/index.ts'
import { hrefOf, openConversation } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { type Piece, pieces } from '../text/rich.ts'

const Spoiler = ({ children }: { readonly children: ComponentChildren }) => {
  const [isOpen, open] = useState(false)
  if (isOpen) return <span class="spoiler spoiler--open">{children}</span>
  return (
    <button class="spoiler" type="button" aria-label={texts.value.showSpoiler} onClick={() => open(true)}>
      <span aria-hidden="true">{children}</span>
    </button>
  )
}

const Mention = ({ piece, me }: { readonly piece: Piece; readonly me: string | undefined }) => {
  const { text, user } = piece
  const isMe = user === undefined || user === me
  if (user === undefined || user === me) return <span class={`mention ${isMe ? 'mention--me' : ''}`}>{text}</span>
  return (
    <a
      class="mention"
      href={hrefOf(user)}
      onClick={(event) => {
        event.preventDefault()
        openConversation(user)
      }}
    >
      {text}
    </a>
  )
}

const wrap = (piece: Piece, me: string | undefined): ComponentChildren => {
  const { text, styles, href } = piece
  const has = (style: TextEntity['type']): boolean => styles.includes(style)
  if (has('pre')) return <code class="code code--block">{text}</code>
  let node: ComponentChildren = text
  if (has('mention') || has('all')) node = <Mention piece={piece} me={me} />
  else if (href !== undefined) {
    node = (
      <a class="bubble__link" href={href} target="_blank" rel="noopener noreferrer nofollow">
        {text}
      </a>
    )
  }
  if (has('code')) node = <code class="code">{node}</code>
  if (has('bold')) node = <strong>{node}</strong>
  if (has('italic')) node = <em>{node}</em>
  if (has('strike')) node = <s>{node}</s>
  return node
}

interface RichTextProps {
  readonly text: string
  readonly entities: readonly TextEntity[]
  /** Mentions of this person stand out. */
  readonly me?: string | undefined
}

/** A text with its entities and links, as text nodes and a closed set of elements. */
export const RichText = ({ text, entities, me }: RichTextProps) => (
  <>
    {pieces(text, entities).map((piece, at) =>
      piece.styles.includes('spoiler') ? <Spoiler key={at}>{wrap(piece, me)}</Spoiler> : <span key={at}>{wrap(piece, me)}</span>,
    )}
  </>
)

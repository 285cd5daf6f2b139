import { goTo } from '../state/jump.ts'
import { nameOf } from '../state/people.ts'
import { quoted } from '../state/quotes.ts'
import { texts } from '../state/settings.ts'
import { threadWith } from '../state/thread.ts'
import { colourOf } from '../text/avatar.ts'
import { spoken } from '../text/call-account.ts'

interface QuoteProps {
  readonly peer: string
  readonly seq: number
  readonly me: string
}

/** Who wrote the message at `seq`, and how it begins. */
export const useQuote = ({ peer, seq, me }: QuoteProps): { readonly name: string; readonly text: string; readonly author: string } => {
  const words = texts.value
  const message = quoted(peer, seq, threadWith(peer)?.log.value ?? [])
  if (message === undefined) return { name: '', text: words.loading, author: '' }
  if (message === null) return { name: '', text: words.messageGone, author: '' }
  const { from, data } = message
  const text = data.recalledAt === undefined ? spoken(message, me, words.calls).slice(0, 200) : words.recalled
  return { name: from === me ? words.you : (nameOf(from) ?? words.unnamed), text, author: from }
}

/** The message that another one answers; a press leads to it. */
export const Quote = (props: QuoteProps) => {
  const { name, text, author } = useQuote(props)
  return (
    <button class="quote" type="button" onClick={() => goTo(props.peer, props.seq)}>
      <span class="said">{texts.value.inAnswerTo}</span>
      {name !== '' && <bdi class={`quote__name author--${colourOf(author)}`}>{name}</bdi>}
      <span class="quote__text" dir="auto">
        {text}
      </span>
    </button>
  )
}

import { errorText } from '../i18n/error-text.ts'
import { editing, refusal } from '../state/editing.ts'
import { texts } from '../state/settings.ts'
import { replying, setReply } from '../state/writing.ts'
import { CrossIcon, ReplyIcon } from './icons.tsx'
import { useQuote } from './quote.tsx'

const Cancel = ({ onClick }: { onClick(): void }) => (
  <button class="icon-button" type="button" aria-label={texts.value.cancel} onClick={onClick}>
    <CrossIcon size={18} />
  </button>
)

const Answering = ({ peer, seq, me }: { readonly peer: string; readonly seq: number; readonly me: string }) => {
  const { name, text } = useQuote({ peer, seq, me })
  return (
    <div class="composer__note composer__note--reply">
      <ReplyIcon size={18} />
      <span class="composer__quote">
        <bdi>{texts.value.answering(name)}</bdi>
        <span class="composer__quoted">{text}</span>
      </span>
      <Cancel onClick={() => setReply(peer, undefined)} />
    </div>
  )
}

/** Stop editing; the message stays as it was. */
export const stopEditing = (): void => {
  editing.value = undefined
}

/** What the composer is for just now, and what could not be done. */
export const ComposerNotes = ({ peer, me }: { readonly peer: string; readonly me: string }) => {
  const words = texts.value
  const code = refusal.value
  const reply = replying.value.get(peer)
  const isEditing = editing.value?.peer === peer
  return (
    <>
      {code !== undefined && (
        <p class="composer__note composer__note--bad" role="alert">
          {errorText(code, words)}
        </p>
      )}
      {isEditing && (
        <p class="composer__note">
          {words.editingMessage}
          <Cancel onClick={stopEditing} />
        </p>
      )}
      {reply !== undefined && !isEditing && <Answering peer={peer} seq={reply} me={me} />}
    </>
  )
}

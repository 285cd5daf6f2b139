import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { client, welcome } from '../state/connection.ts'
import { editing, refusal } from '../state/editing.ts'
import { texts } from '../state/settings.ts'
import type { Thread } from '../state/thread.ts'
import { setUnsaid, unsaid } from '../state/unsaid.ts'
import { EmojiPicker } from './emoji-picker.tsx'
import { CrossIcon, EmojiIcon, SendIcon } from './icons.tsx'
import { hasKeyboard } from './viewport.ts'

/** The most characters of one message (PROTOCOL.md, section 11); a server may have been set to fewer and refuses then. */
const usualLimit = 16_384
/** From here on the characters that are left are counted. */
const countFrom = 500

const limit = (): number => Math.min(usualLimit, welcome.value?.limits.textLength ?? usualLimit)

/** Make the field as high as its text; styles/composer.css says where that ends. */
const useGrowing = (text: string) => {
  const ref = useRef<HTMLTextAreaElement>(null)
  useLayoutEffect(() => {
    const field = ref.current
    if (!field) return
    field.style.height = 'auto'
    field.style.height = `${field.scrollHeight}px`
  }, [text])
  return ref
}

/** Enter sends, Shift+Enter begins a line; Enter that ends a word being composed (Chinese, …) does neither. */
const isSend = (event: KeyboardEvent): boolean =>
  // keyCode 229: Safari ends the composition before it tells of the key.
  event.key === 'Enter' && !event.shiftKey && !event.altKey && !event.isComposing && event.keyCode !== 229

const Count = ({ left }: { readonly left: number }) => {
  const words = texts.value
  if (left > countFrom) return null
  return (
    <p class={`composer__count ${left < 0 ? 'composer__count--over' : ''}`} role={left < 0 ? 'alert' : undefined}>
      {left < 0 ? words.tooLong(-left) : words.charactersLeft(left)}
    </p>
  )
}

/** Put `emoji` where the cursor is, as if it had been typed, so that undo takes it back. */
const insert = (field: HTMLTextAreaElement | null, emoji: string): void => {
  if (!field) return
  field.focus()
  field.setRangeText(emoji, field.selectionStart, field.selectionEnd, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

const useText = (thread: Thread) => {
  const { peer } = thread
  const edited = editing.value?.peer === peer ? editing.value : undefined
  const text = edited?.text ?? unsaid.value.get(peer) ?? ''
  const write = (next: string): void => {
    if (edited) editing.value = { ...edited, text: next }
    else {
      setUnsaid(peer, next)
      thread.setTyping(next !== '')
    }
  }
  const canSend = text.trim() !== '' && text.trim().length <= limit()
  const send = (): void => {
    if (!canSend) return
    if (edited) {
      client.peek()?.chat.edit(peer, edited.seq, text.trim())
      editing.value = undefined
      return
    }
    client.peek()?.chat.send(peer, text.trim())
    write('')
  }
  return { text, canSend, send, write, isEditing: edited !== undefined }
}

const stopEditing = (): void => {
  editing.value = undefined
}

/** What the composer is for just now, and what could not be done. */
const Notes = ({ isEditing }: { readonly isEditing: boolean }) => {
  const words = texts.value
  const known: Readonly<Record<string, string>> = words.errors
  const code = refusal.value
  return (
    <>
      {code !== undefined && (
        <p class="composer__note composer__note--bad" role="alert">
          {known[code] ?? words.somethingWrong}
        </p>
      )}
      {isEditing && (
        <p class="composer__note">
          {words.editingMessage}
          <button class="icon-button" type="button" aria-label={words.cancel} onClick={stopEditing}>
            <CrossIcon size={18} />
          </button>
        </p>
      )}
    </>
  )
}

interface ComposerProps {
  readonly thread: Thread
  readonly name: string
}

/** Where a message is written. */
export const Composer = ({ thread, name }: ComposerProps) => {
  const words = texts.value
  const { text, canSend, send, write, isEditing } = useText(thread)
  const field = useGrowing(text)
  const [isPicking, setPicking] = useState(false)
  useEffect(() => {
    if (hasKeyboard()) field.current?.focus()
  }, [])
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
        field.current?.focus()
      }}
    >
      <Notes isEditing={isEditing} />
      <Count left={limit() - text.trim().length} />
      {isPicking && <EmojiPicker onPick={(emoji) => insert(field.current, emoji)} onClose={() => setPicking(false)} />}
      <div class="composer__box">
        <button
          class="icon-button composer__emoji"
          type="button"
          aria-label={words.emoji}
          aria-expanded={isPicking}
          onClick={() => setPicking(!isPicking)}
        >
          <EmojiIcon size={24} />
        </button>
        <textarea
          ref={field}
          class="composer__field"
          rows={1}
          value={text}
          dir="auto"
          placeholder={words.message}
          aria-label={words.messageTo(name)}
          enterkeyhint="send"
          onInput={(event) => write(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Escape' && isEditing) {
              event.preventDefault()
              stopEditing()
            }
            if (!isSend(event)) return
            event.preventDefault()
            send()
          }}
        />
        <button class="composer__send" type="submit" aria-label={words.send} disabled={!canSend} title={words.send}>
          <SendIcon size={22} />
        </button>
      </div>
    </form>
  )
}

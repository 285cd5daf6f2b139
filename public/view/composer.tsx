import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { minute } from '../state/clock.ts'
import { withContact } from '../state/contacts.ts'
import { locale, texts } from '../state/settings.ts'
import { type Silence, silenceIn } from '../state/silence.ts'
import type { Thread } from '../state/thread.ts'
import { lastOwn, replying, setReply, startEditing, textLimit, writingIn } from '../state/writing.ts'
import { untilTime } from '../text/time.ts'
import { ComposerNotes, stopEditing } from './composer-notes.tsx'
import { EmojiPicker } from './emoji-picker.tsx'
import { EmojiIcon, SendIcon } from './icons.tsx'
import { MentionList, useMentions } from './mention-list.tsx'
import { Fault, useTask } from './task.tsx'
import { hasKeyboard } from './viewport.ts'

/** From here on the characters that are left are counted. */
const countFrom = 500

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

const styleKeys: Readonly<Record<string, string>> = { b: '**', i: '_', e: '`', d: '~~' }

/** Ctrl or ⌘ with a letter puts marks around what is selected; whether it did. */
const style = (event: KeyboardEvent, field: HTMLTextAreaElement): boolean => {
  const mark = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey ? styleKeys[event.key.toLowerCase()] : undefined
  const { selectionStart: from, selectionEnd: to, value } = field
  if (mark === undefined || from === to) return false
  field.setRangeText(`${mark}${value.slice(from, to)}${mark}`, from, to, 'select')
  field.dispatchEvent(new Event('input', { bubbles: true }))
  return true
}

/** What Esc ends in the composer; whether there was anything. */
const leave = (peer: string, isEditing: boolean): boolean => {
  const isReply = replying.peek().has(peer)
  if (isEditing) stopEditing()
  else if (isReply) setReply(peer, undefined)
  return isEditing || isReply
}

interface ComposerProps {
  readonly thread: Thread
  readonly name: string
  readonly me: string
}

/** In the composer's place where one may not write: why, and until when. */
const Closed = ({ silence, peer, name }: { readonly silence: Silence; readonly peer: string; readonly name: string }) => {
  const words = texts.value
  const { isBusy, fault, run } = useTask()
  const say = (): string => {
    if (silence.why === 'muted') return words.closedMuted(untilTime(silence.until, minute.value, locale.value))
    if (silence.why === 'blocked') return words.closedBlocked(name)
    return silence.why === 'frozen' ? words.closedFrozen : words.closedBroadcast
  }
  return (
    <div class="composer composer--closed">
      <p role="status">{say()}</p>
      {silence.why === 'blocked' && (
        <button
          class="button button--small button--soft"
          type="button"
          disabled={isBusy}
          onClick={() => run(() => withContact('unblock', peer))}
        >
          {words.unblock}
        </button>
      )}
      <Fault text={fault} />
    </div>
  )
}

/** Where a message is written, if one may. */
export const Composer = (props: ComposerProps) => {
  const silence = silenceIn(props.thread.peer, props.me)
  return silence ? <Closed silence={silence} peer={props.thread.peer} name={props.name} /> : <Open {...props} />
}

const Open = ({ thread, name, me }: ComposerProps) => {
  const words = texts.value
  const { peer } = thread
  const { text, canSend, send, write, edited } = writingIn(thread, me)
  const field = useGrowing(text)
  const mentions = useMentions(field, peer, me)
  const [isPicking, setPicking] = useState(false)
  useEffect(() => {
    if (hasKeyboard()) field.current?.focus()
  }, [])
  const press = (event: KeyboardEvent & { readonly currentTarget: HTMLTextAreaElement }): void => {
    if (mentions.press(event)) return
    const own = event.key === 'ArrowUp' && text === '' && !event.altKey ? lastOwn(thread, me) : undefined
    if (own) startEditing(peer, own)
    const isDone = own !== undefined || style(event, event.currentTarget) || (event.key === 'Escape' && leave(peer, edited !== undefined))
    if (isDone || isSend(event)) event.preventDefault()
    if (isSend(event)) send()
  }
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault()
        send()
        field.current?.focus()
      }}
    >
      <ComposerNotes peer={peer} me={me} />
      <Count left={textLimit() - text.trim().length} />
      {isPicking && <EmojiPicker onPick={(emoji) => insert(field.current, emoji)} onClose={() => setPicking(false)} />}
      <MentionList people={mentions.people} at={mentions.at} onChoose={mentions.choose} />
      <div class="composer__box">
        <button
          class="icon-button composer__emoji"
          type="button"
          aria-label={words.emoji}
          title={words.emoji}
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
          aria-autocomplete="list"
          aria-controls={mentions.people.length > 0 ? 'mentions' : undefined}
          aria-activedescendant={mentions.people.length > 0 ? `mention-${mentions.at}` : undefined}
          enterkeyhint="send"
          onInput={(event) => {
            write(event.currentTarget.value)
            mentions.look()
          }}
          onKeyDown={press}
          onClick={mentions.look}
        />
        <button class="composer__send" type="submit" aria-label={words.send} disabled={!canSend} title={words.send}>
          <SendIcon size={22} />
        </button>
      </div>
    </form>
  )
}

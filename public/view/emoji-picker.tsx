import { useEffect, useRef } from 'preact/hooks'
import { texts } from '../state/settings.ts'
import { useRoving } from './roving.ts'

// The ones people use most; everything else is on their own keyboard.
const emoji =
  '😀 😂 🤣 😊 😍 😘 😉 😎 🤔 😅 😢 😭 😡 😴 🤗 🙄 👍 👎 👏 🙏 👋 💪 🤝 👌 ❤️ 💔 🔥 ✨ 🎉 🎂 🌹 ☕ 🍵 🍜 🍎 🚀 ☀️ 🌙 🌧️ ✅ ❌ ❓'.split(' ')

interface EmojiPickerProps {
  onPick(emoji: string): void
  onClose(): void
}

const isOutside = (box: HTMLElement | null, target: EventTarget | null): boolean =>
  target instanceof Element && !box?.contains(target) && !target.closest('.composer__emoji')

/** A small grid of emoji above the composer. Esc and a press outside close it; picking does not. */
export const EmojiPicker = ({ onPick, onClose }: EmojiPickerProps) => {
  const roving = useRoving<HTMLDivElement>()
  const close = useRef(onClose)
  close.current = onClose
  useEffect(() => {
    const box = roving.ref.current
    const press = (event: PointerEvent): void => {
      if (isOutside(box, event.target)) close.current()
    }
    addEventListener('pointerdown', press)
    box?.querySelector<HTMLElement>('[data-stop]')?.focus({ preventScroll: true })
    return () => removeEventListener('pointerdown', press)
  }, [roving.ref])
  return (
    <div
      class="emoji"
      role="toolbar"
      aria-label={texts.value.emoji}
      ref={roving.ref}
      onFocusIn={roving.onFocusIn}
      onKeyDown={(event) => {
        roving.onKeyDown(event)
        if (event.key !== 'Escape') return
        event.preventDefault()
        document.querySelector<HTMLElement>('.composer__emoji')?.focus()
        onClose()
      }}
    >
      {emoji.map((one) => (
        <button key={one} class="emoji__one" type="button" data-stop onClick={() => onPick(one)}>
          {one}
        </button>
      ))}
    </div>
  )
}

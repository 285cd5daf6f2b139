import { useEffect, useState } from 'preact/hooks'
import { goTo } from '../state/jump.ts'
import { loadPins, mayPin, pinsOf, setPinned } from '../state/pins.ts'
import { texts } from '../state/settings.ts'
import { spoken } from '../text/call-account.ts'
import { CrossIcon, PinIcon } from './icons.tsx'

/** What is pinned, below the head of a conversation: a press leads to it, and the next press to the one before. */
export const PinBar = ({ peer, me, isLoaded }: { readonly peer: string; readonly me: string; readonly isLoaded: boolean }) => {
  const words = texts.value
  const [turn, setTurn] = useState(0)
  useEffect(() => {
    if (isLoaded) loadPins(peer)
  }, [peer, isLoaded])
  const pins = pinsOf(peer)
  const at = pins.length > 0 ? turn % pins.length : 0
  const pin = pins[at]
  if (!pin) return null
  return (
    <div class="pin-bar">
      <button
        class="pin-bar__go"
        type="button"
        onClick={() => {
          goTo(peer, pin.seq)
          setTurn(at + 1)
        }}
      >
        <PinIcon size={18} />
        <span class="pin-bar__main">
          <span class="pin-bar__title">{words.pinnedMessage(pins.length - at, pins.length)}</span>
          <span class="pin-bar__text" dir="auto">
            {spoken(pin, me, words.calls).slice(0, 200)}
          </span>
        </span>
      </button>
      {mayPin(peer, me) && (
        <button
          class="icon-button"
          type="button"
          aria-label={words.unpin}
          title={words.unpin}
          onClick={() => setPinned(peer, pin.seq, false)}
        >
          <CrossIcon size={18} />
        </button>
      )}
    </div>
  )
}

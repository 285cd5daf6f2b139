// Telling somebody who looks elsewhere: a notification of the system, and a sound.
import { effect, signal } from '@preact/signals'
import type { Posted } from '../../src/client/index.ts'
import { veil } from '../text/veil.ts'
import type { PageClient } from '../wire.ts'
import { isAttentive } from './attention.ts'
import { conversations, isMuted } from './conversations.ts'
import { isGroup } from './groups.ts'
import { nameOf } from './people.ts'
import { openConversation } from './route.ts'
import { texts } from './settings.ts'
import { readJson, writeJson } from './storage.ts'

const key = 'parley.notify'
const kept = (readJson(key) ?? {}) as { on?: unknown; sound?: unknown; asked?: unknown }

/** Whether this browser shows notifications of the system, as far as the person wants it. */
export const wantsNotices = signal(kept.on === true)
/** Whether a message makes a sound. */
export const wantsSound = signal(kept.sound !== false)
/** Whether the person has answered the offer. */
export const wasAsked = signal(kept.asked === true)

/** Whether the browser can show notifications at all, and has not been forbidden to. */
export const canNotify = (): boolean => 'Notification' in globalThis && isSecureContext && Notification.permission !== 'denied'

/** Switch notifications on; asks the browser if it has to be asked. */
export const switchNotices = async (on: boolean): Promise<void> => {
  wasAsked.value = true
  wantsNotices.value = on && canNotify() && (await Notification.requestPermission()) === 'granted'
}

/** What came while the line was down is old news. */
const freshMs = 60_000

let sounds: AudioContext | undefined

/** Two short soft tones. A page that nobody has touched yet may not make any, and stays silent. */
const ring = (): void => {
  sounds ??= new AudioContext()
  const { currentTime: now, destination } = sounds
  for (const [at, hertz] of [
    [0, 660],
    [0.11, 880],
  ] as const) {
    const tone = new OscillatorNode(sounds, { frequency: hertz })
    const loud = new GainNode(sounds, { gain: 0 })
    loud.gain.setTargetAtTime(0.06, now + at, 0.01)
    loud.gain.setTargetAtTime(0, now + at + 0.08, 0.03)
    tone.connect(loud).connect(destination)
    tone.start(now + at)
    tone.stop(now + at + 0.4)
  }
}

const show = (peer: string, { from, data }: Posted): void => {
  const words = texts.peek()
  const author = nameOf(from) ?? words.unnamed
  const title = isGroup(peer) ? `${author} · ${nameOf(peer) ?? words.unnamed}` : author
  try {
    const notice = new Notification(title, {
      body: veil(data.text, data.entities).slice(0, 200),
      tag: peer,
      icon: '/icon.svg',
      silent: true,
    })
    notice.onclick = () => {
      focus()
      openConversation(peer)
      notice.close()
    }
  } catch {
    // A phone's browser shows them by a service worker only, which this page has none of.
  }
}

const isMention = ({ data }: Posted, me: string): boolean =>
  data.entities?.some(({ type, user }) => type === 'all' || (type === 'mention' && user === me)) === true

/** Tell of what others write, from now on. Returns how to end it. */
export const startNotices = (made: PageClient, me: string): (() => void) =>
  made.chat.onPosted((posted) => {
    // A call rings by itself.
    if (posted.data.content?.kind === 'calls') return
    if (posted.from === me || isAttentive.peek() || Date.now() - Date.parse(posted.time) > freshMs) return
    const peer = isGroup(posted.to) ? posted.to : posted.from
    const entry = conversations.peek().find((known) => known.peer === peer)
    if (entry && isMuted(entry) && !isMention(posted, me)) return
    if (wantsNotices.peek() && canNotify() && Notification.permission === 'granted') show(peer, posted)
    if (wantsSound.peek()) ring()
  })

/** Keep what was chosen. */
export const startNotifySettings = (): void => {
  let isFirst = true
  effect(() => {
    const chosen = { on: wantsNotices.value, sound: wantsSound.value, asked: wasAsked.value }
    if (!isFirst) writeJson(key, chosen)
    isFirst = false
  })
}

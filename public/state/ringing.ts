// Calls that ring here: what is told of them outside the page, and why they stopped.
import { signal } from '@preact/signals'
import type { Call } from '../../src/client/calls/index.ts'
import { canNotify, wantsNotices } from './notify.ts'
import { nameOf } from './people.ts'
import { openConversation } from './route.ts'
import { texts } from './settings.ts'

const callerOf = ({ info }: Call): string => nameOf(info.caller) ?? texts.peek().unnamed

const notify = (title: string, call: Call, isPressing: boolean): Notification | undefined => {
  if (document.visibilityState === 'visible' || !wantsNotices.peek() || !canNotify() || Notification.permission !== 'granted')
    return undefined
  const words = texts.peek().calls
  try {
    const body = call.info.kind === 'video' ? words.video : words.voice
    const notice = new Notification(title, { body, tag: call.id, icon: '/icon.svg', silent: true, requireInteraction: isPressing })
    notice.onclick = () => {
      focus()
      if (!isPressing) openConversation(call.info.group ?? call.info.caller)
      notice.close()
    }
    return notice
  } catch {
    // A phone's browser shows them by a service worker only, which this page has none of.
    return undefined
  }
}

/** The calls that ring. */
export class Ringing {
  readonly #me: string
  readonly #say: (text: string) => void
  readonly #calls = new Map<string, { readonly call: Call; readonly notice: Notification | undefined }>()
  readonly #refused = new Set<string>()
  readonly #silenced = signal<ReadonlySet<string>>(new Set())

  constructor(me: string, say: (text: string) => void) {
    this.#me = me
    this.#say = say
  }

  silence({ id }: Call): void {
    this.#silenced.value = new Set([...this.#silenced.peek(), id])
  }

  isSilent({ id }: Call): boolean {
    return this.#silenced.value.has(id)
  }

  /** It is declined here, so that nothing has to be said of it. */
  refuse({ id }: Call): void {
    this.#refused.add(id)
  }

  /** All calls there are; `own` is the one that this page is in or is answering. */
  follow(all: readonly Call[], own: Call | undefined): void {
    for (const call of all) {
      if (call.state !== 'incoming' || this.#calls.has(call.id)) continue
      this.#calls.set(call.id, { call, notice: notify(texts.peek().calls.isCalling(callerOf(call)), call, true) })
    }
    for (const { call, notice } of [...this.#calls.values()]) {
      if (call.state === 'incoming') continue
      notice?.close()
      this.#calls.delete(call.id)
      if (call !== own && !this.#refused.has(call.id)) this.#stopped(call)
    }
  }

  close(): void {
    for (const { notice } of this.#calls.values()) notice?.close()
    this.#calls.clear()
  }

  #stopped(call: Call): void {
    const words = texts.peek().calls
    const me = call.info.people.find(({ user }) => user === this.#me)
    if (call.state === 'elsewhere' || me?.party || me?.state === 'joined') this.#say(words.answeredElsewhere)
    else if (me?.state === 'declined') this.#say(words.declinedElsewhere)
    else {
      this.#say(words.missedFrom(callerOf(call)))
      notify(words.missedFrom(callerOf(call)), call, false)
    }
  }
}

// Calls as the page shows them: what rings, what this page is in, how the last one ended. Loaded with everything else of
// calls (state/calls.ts).
import { computed, effect, signal } from '@preact/signals'
import { type Call, type CallInfo, type Calls, createCalls, type Verdict } from '../../src/client/calls/index.ts'
import { type PageClient, request } from '../wire.ts'
import { announce } from './announcer.ts'
import { preferred, ringsAloud, startDevices } from './call-devices.ts'
import { textOfDevice, watchSpeaker } from './call-gone.ts'
import { CallList } from './call-log.ts'
import { endTune, play, repeat, ringbackTune, ringTune } from './call-sound.ts'
import { CallWatch } from './call-watch.ts'
import { Ringing } from './ringing.ts'
import { texts } from './settings.ts'

/** With a picture or without. */
export type CallKind = 'audio' | 'video'

/** What this page is in: a call, or one that is just being made and that the server does not know yet. */
export interface Present {
  /** Who is called, or the group. */
  readonly peer: string
  readonly kind: CallKind
  readonly call: Call | undefined
}

/** A call that is over, or that could not be made. */
export interface Past extends Present {
  /** The code of the refusal. */
  readonly fault?: string
  /** What one of the others found to be the matter. */
  readonly verdict?: Verdict
}

/** A line about calls. */
export interface Notice {
  readonly text: string
  /** Whether choosing another device would help. */
  readonly offersDevices: boolean
}

const noticeMs = 6_000
// Who has to decide needs longer.
const choiceMs = 12_000

const codeOf = (failure: unknown): string => {
  const { code } = (failure ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** Whom a call is with, as `me` sees it. */
export const peerOf = ({ group, people }: CallInfo, me: string): string => group ?? people.find(({ user }) => user !== me)?.user ?? me

/** The telephone of one person on this page. */
export class Telephone {
  readonly me: string
  readonly calls: Calls
  /** Those that were. */
  readonly list: CallList
  /** The call that has just ended, for as long as it is to be shown. */
  readonly past = signal<Past | undefined>(undefined)
  /** Whether the call is a bar, so that something else can be done beside it. */
  readonly isSmall = signal(false)
  /** What has to be said in a line: that somebody has answered elsewhere, say. */
  readonly notice = signal<Notice | undefined>(undefined)
  /** Whether the devices of the call can be chosen in it. */
  readonly hasDevices = signal(false)
  /** Calls are objects that change. Whoever draws one reads this number, which rises with every change. */
  readonly turn = signal(0)
  /** How well the others come in, by user, and whose microphone does not work. */
  readonly watch = new CallWatch()
  readonly #client: PageClient
  readonly #ringing: Ringing
  readonly #dialing = signal<Present | undefined>(undefined)
  readonly #answering = signal<Call | undefined>(undefined)
  readonly #ends: (() => void)[]
  readonly #left = new Set<string>()
  readonly #known = new WeakSet<Call>()
  #current: Call | undefined
  #noticeTimer: ReturnType<typeof setTimeout> | undefined

  constructor(client: PageClient, me: string) {
    this.me = me
    this.#client = client
    this.calls = createCalls(client)
    this.list = new CallList(client, me)
    this.#ringing = new Ringing(me, (text) => this.say(text))
    const tell = (text: string): void => this.say(text, true)
    this.#ends = [
      startDevices(),
      watchSpeaker(() => this.calls.current !== undefined, tell),
      this.calls.onChange(() => this.#changed()),
      this.#startTunes(),
    ]
  }

  /** Calls that ring here, oldest first. */
  get ringing(): readonly Call[] {
    void this.turn.value
    const answered = this.#answering.value
    // Two who call each other are connected at once: theirs does not ring.
    const called = this.#dialing.value?.peer
    return this.calls.all.filter((call) => call.state === 'incoming' && call !== answered && peerOf(call.info, this.me) !== called)
  }

  /** The call that this page is in, is answering or is making. */
  get present(): Present | undefined {
    void this.turn.value
    const call = this.calls.current ?? this.#answering.value ?? this.#dialed
    return call ? { peer: peerOf(call.info, this.me), kind: call.info.kind, call } : this.#dialing.value
  }

  /** The call of a group, or of one's own on another device, that goes on without this page. */
  with(peer: string): Call | undefined {
    void this.turn.value
    const isOutside = ({ state }: Call): boolean => state === 'open' || state === 'elsewhere'
    return this.calls.all.find((call) => call !== this.#dialed && isOutside(call) && peerOf(call.info, this.me) === peer)
  }

  /** Call somebody, or join the call of a group. What this page is in already comes back into view. */
  async dial(peer: string, kind: CallKind): Promise<void> {
    this.isSmall.value = false
    if (this.present) return
    this.past.value = undefined
    this.hasDevices.value = false
    const dialing: Present = { peer, kind, call: undefined }
    this.#dialing.value = dialing
    const isWanted = (): boolean => this.#dialing.peek() === dialing
    try {
      const call = await this.calls.invite(peer, kind)
      if (!isWanted()) await call.hangup()
      // Whoever is in another call is busy, and this one was over before it rang.
      else if (call.state === 'ended') this.past.value = { peer, kind, call }
    } catch (failure) {
      if (isWanted()) this.past.value = { peer, kind, call: undefined, fault: codeOf(failure) }
    }
    if (isWanted()) this.#dialing.value = undefined
  }

  /** Answer; a call with a picture may be answered without. */
  async answer(call: Call, kind: CallKind): Promise<void> {
    const peer = peerOf(call.info, this.me)
    this.isSmall.value = false
    this.past.value = undefined
    this.hasDevices.value = false
    this.#answering.value = call
    try {
      await call.accept({ audio: true, video: kind === 'video' })
    } catch (failure) {
      if (!this.#left.has(call.id)) this.past.value = { peer, kind: call.info.kind, call: undefined, fault: codeOf(failure) }
    }
    this.#answering.value = undefined
  }

  decline(call: Call): void {
    this.#ringing.refuse(call)
    // A line that is down: the server lets it ring until its time is up.
    void call.decline().catch(() => undefined)
  }

  /** It goes on ringing, but is not heard here. */
  silence(call: Call): void {
    this.#ringing.silence(call)
  }

  isSilent(call: Call): boolean {
    return this.#ringing.isSilent(call)
  }

  /** Leave, or take back a call that nobody has answered. */
  hangUp(): void {
    const { call } = this.present ?? {}
    this.#dialing.value = undefined
    if (!call) return
    this.#left.add(call.id)
    void call.hangup()
  }

  /** Say something in a line, for a while; with `offersDevices` another device helps. */
  say(text: string, offersDevices = false): void {
    clearTimeout(this.#noticeTimer)
    this.notice.value = { text, offersDevices }
    announce(text)
    this.#noticeTimer = setTimeout(() => this.#unsay(), offersDevices ? choiceMs : noticeMs)
  }

  /** Show the devices of the call, wherever it was. */
  showDevices(): void {
    this.#unsay()
    this.isSmall.value = false
    this.hasDevices.value = true
  }

  /** Who uses this page has signed out. */
  close(): void {
    this.hangUp()
    for (const end of this.#ends) end()
    clearTimeout(this.#noticeTimer)
    this.watch.stop()
    this.#ringing.close()
    this.list.close()
    this.calls.close()
  }

  /** The call that is being made, once the server has told of it. */
  get #dialed(): Call | undefined {
    const dialing = this.#dialing.value
    const isIn = ({ people }: CallInfo): boolean => people.some(({ user, party }) => user === this.me && party !== undefined)
    const isIt = ({ info }: Call): boolean => peerOf(info, this.me) === dialing?.peer && isIn(info)
    return dialing && this.calls.all.find(isIt)
  }

  #unsay(): void {
    clearTimeout(this.#noticeTimer)
    this.notice.value = undefined
  }

  #changed(): void {
    for (const call of this.calls.all) this.#meet(call)
    this.watch.note(this.calls.all)
    const { current } = this.calls
    if (current && current !== this.#current) {
      this.#current = current
      this.past.value = undefined
      this.watch.start(current)
    }
    const before = this.#current
    if (before?.state === 'ended') {
      this.#current = undefined
      this.#finish(before)
    }
    this.#ringing.follow(this.calls.all, this.#answering.peek() ?? current ?? this.#dialed)
    this.turn.value++
  }

  // Said before anything is switched on: the client opens what was chosen.
  #meet(call: Call): void {
    if (this.#known.has(call)) return
    this.#known.add(call)
    for (const kind of ['audio', 'video'] as const) {
      const id = preferred(kind)
      if (id !== undefined) void call.choose(kind, id)
    }
    call.onDevice((news) => this.say(textOfDevice(news), true))
    call.onText((text, user) => this.watch.hear(text, user))
  }

  #finish(call: Call): void {
    this.watch.stop()
    this.hasDevices.value = false
    // What could be chosen is over.
    if (this.notice.peek()?.offersDevices) this.#unsay()
    play(endTune)
    // Whoever has hung up knows that it is over.
    if (this.#left.has(call.id)) announce(texts.peek().calls.ended)
    else this.past.value = { peer: peerOf(call.info, this.me), kind: call.info.kind, call }
    if (call.info.outcome === 'failed' && call.verdict === undefined) void this.#explain(call).catch(() => undefined)
  }

  // Who has found no way, or lost it, may have told the server why.
  async #explain(call: Call): Promise<void> {
    const { reports } = await request(this.#client, 'calls.get', { call: call.id })
    const verdict = reports.at(-1)?.verdict as Verdict | undefined
    const past = this.past.peek()
    if (verdict !== undefined && past?.call === call) this.past.value = { ...past, verdict }
  }

  #startTunes(): () => void {
    const tune = computed(() => {
      if (this.ringing.some((call) => !this.isSilent(call))) return ringsAloud.value ? ringTune : undefined
      const { call } = this.present ?? {}
      const isHeard = call?.info.state === 'ringing' && call.info.people.some(({ user, ringing }) => user !== this.me && ringing > 0)
      return isHeard && !this.#answering.value ? ringbackTune : undefined
    })
    return effect(() => (tune.value ? repeat(tune.value) : undefined))
  }
}

// All calls of one user on one device: what rings, what this device is in, and how it comes back after a break.
import { Emitter } from '../emitter.ts'
import type { ProtocolTypes } from '../protocol.ts'
import type { Client, Undo } from '../types.ts'
import { type Arrived, LiveCall } from './call.ts'
import { CallLine, type Ice, type Joined } from './line.ts'
import { onNetworkChange } from './network.ts'
import { preflight } from './preflight.ts'
import type { Call, CallInfo, Calls, CallsOptions, Preflight } from './types.ts'

const iceCheckMs = 60_000
/** Credentials are refreshed when they have less than this to live. */
const iceMarginMs = 300_000

const sessionStorageIfAny = (): Storage | undefined => {
  try {
    return globalThis.sessionStorage
  } catch {
    return undefined
  }
}

class LiveCalls implements Calls {
  readonly #line: CallLine
  readonly #options: CallsOptions
  readonly #calls = new Map<string, LiveCall>()
  readonly #changes = new Emitter<readonly Call[]>()
  readonly #incoming = new Emitter<Call>()
  readonly #undos: Undo[]
  readonly #claimed: Promise<void>
  #user = ''
  /** Whom we are calling, until the server has answered. */
  readonly #inviting: string[] = []
  /** What was told meanwhile of calls that may be those that we are making. */
  readonly #ahead = new Map<string, CallInfo>()

  constructor(client: Client<ProtocolTypes>, options: CallsOptions) {
    this.#options = options
    this.#line = new CallLine(client, options.storage ?? sessionStorageIfAny())
    this.#claimed = this.#line.claim()
    const on = (type: string, listener: (data: never, from: string) => void): Undo =>
      this.#line.client.on(`calls.${type}`, ({ data, from }) => listener(data as never, from ?? ''))
    const take = ({ call }: { readonly call: CallInfo }): void => this.#take(call)
    const timer = setInterval(() => void this.#refresh(), iceCheckMs)
    this.#undos = [
      on('invited', take),
      on('changed', take),
      on('ended', take),
      on('signalled', (signal: Arrived) => this.#calls.get(signal.call)?.signalled(signal)),
      client.onState((state) => {
        if (state.kind === 'online') void this.#online(state.welcome.user.id)
        else this.#mine()?.pause()
      }),
      () => clearInterval(timer),
      onNetworkChange(() => this.#mine()?.restart()),
    ]
    if (client.state.kind === 'online') void this.#online(client.state.welcome.user.id)
  }

  get all(): readonly Call[] {
    return [...this.#calls.values()]
  }

  get current(): Call | undefined {
    return this.#mine()
  }

  onChange(listener: (calls: readonly Call[]) => void): Undo {
    return this.#changes.add(listener)
  }

  onIncoming(listener: (call: Call) => void): Undo {
    return this.#incoming.add(listener)
  }

  async invite(to: string, kind: 'audio' | 'video'): Promise<Call> {
    await this.#claimed
    const { client, device } = this.#line
    const wanted = { audio: true, video: kind === 'video', screen: false }
    const data = { clientId: crypto.randomUUID(), device, kind, media: wanted }
    this.#inviting.push(to)
    try {
      const joined = (await this.#line.persist(() => client.request('calls.invite', data, { to }))) as Joined
      const call = this.#calls.get(joined.call.id) ?? this.#add(joined.call)
      // News of a call may overtake the ack that it is ours: somebody answered, or called us in the same moment.
      call.update(this.#ahead.get(call.id) ?? joined.call)
      if (joined.party === undefined) return call
      await call.openMedia(wanted)
      call.join(joined)
      return call
    } finally {
      this.#inviting.splice(this.#inviting.indexOf(to), 1)
      if (this.#inviting.length === 0) this.#catchUp()
    }
  }

  async preflight(): Promise<Preflight> {
    const ice = (await this.#line.persist(() => this.#line.client.request('calls.ice', {}))) as Ice
    return preflight(ice, this.#options.language ?? 'en')
  }

  close(): void {
    for (const undo of this.#undos) undo()
    for (const call of this.#calls.values()) call.abandon()
    this.#calls.clear()
  }

  // A call in which we are comes first; of those that ring, none is ours yet.
  #mine(): LiveCall | undefined {
    return [...this.#calls.values()].find(({ party }) => party !== undefined)
  }

  #take(info: CallInfo): void {
    const known = this.#calls.get(info.id)
    known?.update(info)
    if (known) return
    if (this.#isPerhapsOurs(info)) {
      if (info.version >= (this.#ahead.get(info.id)?.version ?? 0)) this.#ahead.set(info.id, info)
      return
    }
    if (info.state === 'ended') return
    const call = this.#add(info)
    this.#changes.emit(this.all)
    if (call.state !== 'incoming') return
    void this.#ring(info.id)
    this.#incoming.emit(call)
  }

  // A call that we are making is told by its ack, which comes later and says which party we are; it may be one in which we
  // are called by whom we call.
  #isPerhapsOurs({ people, state, caller, group }: CallInfo): boolean {
    if (this.#inviting.length === 0) return false
    const isOurs = people.some(({ user, party }) => user === this.#user && party !== undefined)
    return isOurs || state === 'ended' || this.#inviting.includes(group ?? caller)
  }

  // What was not ours after all is news like any other.
  #catchUp(): void {
    const infos = [...this.#ahead.values()]
    this.#ahead.clear()
    for (const info of infos) this.#take(info)
  }

  #add(info: CallInfo): LiveCall {
    const call = new LiveCall(info, {
      line: this.#line,
      user: this.#user,
      transport: this.#options.transport ?? 'all',
      patienceMs: this.#options.patienceMs,
      onChange: (changed) => this.#changed(changed),
    })
    this.#calls.set(info.id, call)
    return call
  }

  #changed(call: LiveCall): void {
    if (call.state === 'ended' && this.#calls.get(call.id) === call) this.#calls.delete(call.id)
    this.#changes.emit(this.all)
  }

  async #ring(call: string): Promise<void> {
    await this.#claimed
    const { client, device } = this.#line
    await client.request('calls.ring', { call, device }).catch(() => undefined)
  }

  /** After every welcome: what has become of the calls, and back into our own. */
  async #online(user: string): Promise<void> {
    this.#user = user
    await this.#claimed
    const { client } = this.#line
    const before = [...this.#calls.keys()]
    const answer = await client.request('calls.current', {}).catch(() => undefined)
    if (!answer) return
    const { calls } = answer as { readonly calls: readonly CallInfo[] }
    const open = new Set(calls.map(({ id }) => id))
    for (const id of before) if (!open.has(id)) await this.#ask(id)
    for (const info of calls) await this.#meet(info)
  }

  // Whoever rings is told to everybody; who was in the call before the break comes back into it.
  async #meet(info: CallInfo): Promise<void> {
    const known = this.#calls.get(info.id)
    const isMine = info.people.some((person) => person.user === this.#user && person.party !== undefined)
    if (!isMine || (known && known.party === undefined)) return this.#take(info)
    const { client, device } = this.#line
    const joined = (await client.request('calls.resume', { call: info.id, device }).catch(() => undefined)) as Joined | undefined
    if (joined?.party === undefined) return this.#take(info)
    // That it is resumed may have been told before it was answered.
    const call = this.#calls.get(info.id) ?? this.#add(joined.call)
    if (known) return call.join(joined)
    const media = joined.call.people.find((person) => person.user === this.#user)?.party?.media
    await call.openMedia(media ?? { audio: true, video: false, screen: false })
    call.join(joined, true)
  }

  // It ended while nobody could tell us.
  async #ask(id: string): Promise<void> {
    const answer = await this.#line.client.request('calls.get', { call: id }).catch(() => undefined)
    const call = this.#calls.get(id)
    if (answer) call?.update((answer as { readonly call: CallInfo }).call)
  }

  async #refresh(): Promise<void> {
    const call = this.#mine()
    if (call?.iceUntilMs === undefined || call.iceUntilMs - Date.now() > iceMarginMs) return
    const ice = await this.#line.client.request('calls.ice', {}).catch(() => undefined)
    if (ice) call.refreshed(ice as Ice)
  }
}

/**
 * Calls over a client of this library: rings, connects, comes back after breaks and reloads, and says why when it cannot.
 * One per client; `client` need not be started yet. For pages in a secure context (https, or localhost).
 */
export const createCalls = <P extends ProtocolTypes>(client: Client<P>, options: CallsOptions = {}): Calls =>
  new LiveCalls(client as unknown as Client<ProtocolTypes>, options)

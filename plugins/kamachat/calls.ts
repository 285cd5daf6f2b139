// Calls: KamaChat's seven signals between two pages, and the server's calls, which have ids, parties and an end of their own.
import { errors } from './errors.ts'
import type { OldSignal } from './frames.ts'

/** A call as events and acks of the plugin `calls` tell it; only what is read here. */
export interface Call {
  readonly id: string
  readonly group?: string
  readonly caller: string
  readonly state: 'ringing' | 'active' | 'ended'
  readonly people: readonly { readonly user: string; readonly party?: { readonly id: number } }[]
}

/** What this client knows of its call with one other user. */
interface Line {
  readonly peer: string
  id: string | undefined
  readonly isCaller: boolean
  /** This device is in it, and not another one of the same user. */
  isMine: boolean
  hasBegun: boolean
  /** The other's party. */
  party: number | undefined
  /** Counts what this device does. */
  n: number
}

/** A request to the server. */
export interface Ask {
  readonly type: string
  readonly to?: string
  readonly data: object
}

/** A signal for the client, as if from `from`. */
export interface Tell {
  readonly from: string
  readonly signal: Readonly<Record<string, unknown>> & { readonly type: string }
}

/** What follows from something said. */
export interface Outcome {
  readonly asks: readonly Ask[]
  readonly tells: readonly Tell[]
}

const nothing: Outcome = { asks: [], tells: [] }
const tell = (from: string, type: string, data: object = {}): Outcome => ({ asks: [], tells: [{ from, signal: { type, ...data } }] })
const ask = (...asks: Ask[]): Outcome => ({ asks, tells: [] })

const together = (outcomes: readonly Outcome[]): Outcome => ({
  asks: outcomes.flatMap(({ asks }) => asks),
  tells: outcomes.flatMap(({ tells }) => tells),
})

/** The calls of one client. */
export class OldCalls {
  readonly #device: string
  readonly #newId: () => string
  readonly #lines = new Map<string, Line>()

  constructor(device: string, newId: () => string) {
    this.#device = device
    this.#newId = newId
  }

  /** The client says something to `peer`. Throws `KAMACHAT_NO_CALL` where there is nothing that it could be about. */
  hear(peer: string, signal: OldSignal): Outcome {
    if (signal.type === 'start_call') return this.#start(peer)
    const line = this.#lines.get(peer)
    if (!line || line.id === undefined) throw errors.NO_CALL()
    switch (signal.type) {
      case 'receive_call':
        // The news that somebody of this user has picked up may come before the answer that it was this device.
        line.isMine = true
        return ask({ type: 'calls.accept', data: { ...this.#numbered(line), media: both } })
      case 'reject_call':
        return ask({ type: 'calls.decline', data: this.#numbered(line) })
      case 'hangup':
        return ask({ type: line.isCaller && !line.hasBegun ? 'calls.cancel' : 'calls.hangup', data: this.#numbered(line) })
      case 'candidate':
        return this.#pass(line, { signal: 'candidates', candidates: [signal.candidate] })
      case 'offer':
      case 'answer':
        return this.#pass(line, { signal: signal.type, sdp: 'sdp' in signal ? signal.sdp : '' })
    }
  }

  /** The answer to a request of this client; `me` is its user. */
  answered({ type }: Ask, data: unknown, me: string): Outcome {
    const { call, calls = [] } = data as { readonly call?: Call; readonly calls?: readonly Call[] }
    if (type === 'calls.current') return together(calls.map((one) => this.invited(one, me)))
    if (!call) return nothing
    return call.state === 'ended' ? this.ended(call, me) : this.changed(call, me)
  }

  /** A request of this client was refused. */
  refused({ type, to, data }: Ask): Outcome {
    const { call } = data as { readonly call?: string }
    const peer = type === 'calls.invite' ? to : type === 'calls.accept' ? this.#with(call)?.peer : undefined
    if (peer === undefined) return nothing
    this.#lines.delete(peer)
    return tell(peer, type === 'calls.invite' ? 'reject_call' : 'hangup')
  }

  /** Somebody calls. */
  invited(call: Call, me: string): Outcome {
    if (call.group !== undefined || call.caller === me || call.state !== 'ringing' || this.#with(call.id)) return nothing
    const own = this.#lines.get(call.caller)
    // Both call each other: the answer to the call from here will say that they are connected.
    if (own?.isCaller && own.id === undefined) return nothing
    this.#open(call.caller, false).id = call.id
    return {
      asks: [{ type: 'calls.ring', data: { call: call.id, device: this.#device } }],
      tells: [{ from: call.caller, signal: { type: 'start_call' } }],
    }
  }

  /** A call is not what it was. */
  changed(call: Call, me: string): Outcome {
    const line = this.#about(call, me)
    if (!line) return nothing
    const [mine, theirs] = [call.people.find(({ user }) => user === me), call.people.find(({ user }) => user === line.peer)]
    line.party = theirs?.party?.id ?? line.party
    if (mine?.party && !line.isMine) {
      this.#lines.delete(line.peer)
      // Another device of the same person has answered: here it stops ringing.
      return tell(line.peer, 'hangup')
    }
    if (call.state !== 'active' || line.hasBegun) return nothing
    line.hasBegun = true
    // Whoever is told that the other one has picked up makes the offer: the party with the lower number.
    const isFirst = (mine?.party?.id ?? 0) < (theirs?.party?.id ?? 0)
    return isFirst ? tell(line.peer, 'receive_call') : nothing
  }

  /** A call is over. */
  ended(call: Call, me: string): Outcome {
    const line = this.#about(call, me)
    if (!line) return nothing
    this.#lines.delete(line.peer)
    return tell(line.peer, line.isCaller && !line.hasBegun ? 'reject_call' : 'hangup')
  }

  /** What the other party says; each candidate is a signal of its own here. `shape` writes a description. */
  signalled(data: Signalled, from: string, shape: (type: string, sdp: string) => unknown): Outcome {
    const line = this.#lines.get(from)
    if (line?.id !== data.call) return nothing
    if (data.sdp !== undefined) return tell(from, data.signal, { sdp: shape(data.signal, data.sdp) })
    const candidates = data.candidates ?? []
    return { asks: [], tells: candidates.map((candidate) => ({ from, signal: { type: 'candidate', candidate } })) }
  }

  #start(peer: string): Outcome {
    const line = this.#lines.get(peer)
    // They ring here and are called back from here: that is to pick up.
    if (line && !line.isCaller && line.id !== undefined) return this.hear(peer, { messageId: 'PROXY', type: 'receive_call' })
    if (line) return nothing
    this.#open(peer, true)
    return ask({ type: 'calls.invite', to: peer, data: { clientId: this.#newId(), device: this.#device, kind: 'video', media: both } })
  }

  #open(peer: string, isCaller: boolean): Line {
    const line: Line = { peer, id: undefined, isCaller, isMine: isCaller, hasBegun: false, party: undefined, n: 0 }
    this.#lines.set(peer, line)
    return line
  }

  #numbered(line: Line): object {
    return { call: line.id, device: this.#device, n: ++line.n }
  }

  #pass(line: Line, signal: object): Outcome {
    if (line.party === undefined) throw errors.NO_CALL()
    return ask({ type: 'calls.signal', data: { call: line.id, party: line.party, ...signal } })
  }

  // What has become of a call may be told before the answer to its invitation.
  #about(call: Call, me: string): Line | undefined {
    const known = this.#with(call.id)
    if (known || call.group !== undefined) return known
    const line = this.#lines.get(call.people.find(({ user }) => user !== me)?.user ?? '')
    if (line?.id !== undefined) return undefined
    if (line) line.id = call.id
    return line
  }

  #with(call: string | undefined): Line | undefined {
    for (const line of this.#lines.values()) if (line.id === call) return line
    return undefined
  }
}

/** A signal of another party, as the event tells it. */
export interface Signalled {
  readonly call: string
  readonly signal: string
  readonly sdp?: string
  readonly candidates?: readonly object[]
}

const both = { audio: true, video: true, screen: false }

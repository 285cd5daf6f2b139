// Who receives what. A topic reaches sockets through the runtime's own pub/sub where it has one (the
// native lane), and everything else, Deno's sockets included, through sets kept here (the emulated lane).
import type { Broker } from './broker.ts'

/** Something a topic can reach. */
export interface Subscriber {
  /** The native lane's handle, or `undefined` for the emulated lane. */
  readonly native: NativeSubscriber | undefined
  send(frame: string): void
}

/** A socket that the runtime itself can subscribe. */
export interface NativeSubscriber {
  subscribe(topic: string): void
  unsubscribe(topic: string): void
  /** To everyone on the topic but this socket. */
  publish(topic: string, frame: string): void
}

/** Publishes to every native subscriber of a topic. */
export type NativePublish = (topic: string, frame: string) => void

/**
 * What one topic may be given in one turn of the event loop, in characters. A burst above it is handed
 * over in later turns, so that readers can drain: sockets lose what exceeds their buffer of 1 MiB.
 */
export const burstLimit = 256 * 1024

interface Frame {
  readonly frame: string
  readonly except: Subscriber | undefined
}

// A burst that is being handed over in parts: its frames, and who came and went between them.
type Held = Frame | (() => void)

/** Deliver frames by topic, in call order per topic. */
export class Hub {
  readonly #sets = new Map<string, Set<Subscriber>>()
  readonly #held = new Map<string, Held[]>()
  readonly #spent = new Map<string, number>()
  #turnTotal = 0
  #turnScheduled = false
  #isClosed = false
  #native: NativePublish = () => {}
  #broker: Broker | undefined

  /** Connect the lanes. Called once, when the server listens. */
  start(native: NativePublish, broker: Broker | undefined): void | Promise<void> {
    this.#native = native
    this.#broker = broker
    return broker?.start((topic, frame) => this.#paced(topic, frame, undefined))
  }

  /** From now on nothing is delivered. */
  close(): void {
    this.#isClosed = true
    this.#held.clear()
  }

  /** What was published on `topic` before this call does not reach the subscriber, even if it still waits to be handed over. */
  subscribe(subscriber: Subscriber, topic: string): void {
    const held = this.#heldOn(topic)
    if (held) held.push(() => this.#add(subscriber, topic))
    else this.#add(subscriber, topic)
  }

  /** What was published on `topic` before this call still reaches the subscriber. */
  unsubscribe(subscriber: Subscriber, topic: string): void {
    const held = this.#heldOn(topic)
    if (held) held.push(() => this.#remove(subscriber, topic))
    else this.#remove(subscriber, topic)
  }

  /** One frame to everyone on `topic`, here and on other nodes. `except` is left out on this node. */
  publish(topic: string, frame: string, except?: Subscriber): void {
    if (this.#isClosed) return
    this.#broker?.publish(topic, frame)
    this.#paced(topic, frame, except)
  }

  // What waits on a topic. A change takes its place among the frames, so that nobody gets what was not meant for them.
  #heldOn(topic: string): Held[] | undefined {
    return this.#held.size > 0 ? this.#held.get(topic) : undefined
  }

  #add(subscriber: Subscriber, topic: string): void {
    if (subscriber.native) {
      subscriber.native.subscribe(topic)
      return
    }
    const set = this.#sets.get(topic)
    if (set) set.add(subscriber)
    else this.#sets.set(topic, new Set([subscriber]))
  }

  #remove(subscriber: Subscriber, topic: string): void {
    if (subscriber.native) {
      subscriber.native.unsubscribe(topic)
      return
    }
    const set = this.#sets.get(topic)
    set?.delete(subscriber)
    if (set?.size === 0) this.#sets.delete(topic)
  }

  #paced(topic: string, frame: string, except: Subscriber | undefined): void {
    const held = this.#heldOn(topic)
    if (held) held.push({ frame, except })
    else if (this.#mayGoNow(topic, frame.length)) this.#deliver(topic, frame, except)
    else this.#held.set(topic, [{ frame, except }])
  }

  // Counting per topic begins only when the whole turn has passed the limit: ordinary traffic pays one addition.
  #mayGoNow(topic: string, length: number): boolean {
    this.#scheduleTurn()
    this.#turnTotal += length
    if (this.#turnTotal <= burstLimit) return true
    const spent = this.#spent.get(topic) ?? 0
    if (spent > 0 && spent + length > burstLimit) return false
    this.#spent.set(topic, spent + length)
    return true
  }

  #scheduleTurn(): void {
    if (this.#turnScheduled) return
    this.#turnScheduled = true
    setImmediate(() => this.#nextTurn())
  }

  #nextTurn(): void {
    this.#turnScheduled = false
    this.#turnTotal = 0
    this.#spent.clear()
    for (const [topic, waiting] of this.#held) {
      let length = 0
      let count = 0
      while (count < waiting.length && length < burstLimit) length += lengthOf(waiting[count++])
      for (const item of waiting.splice(0, count)) this.#handOver(topic, item)
      this.#spent.set(topic, length)
      if (waiting.length === 0) this.#held.delete(topic)
    }
    if (this.#held.size > 0) this.#scheduleTurn()
  }

  #handOver(topic: string, item: Held): void {
    if (typeof item === 'function') item()
    else this.#deliver(topic, item.frame, item.except)
  }

  #deliver(topic: string, frame: string, except: Subscriber | undefined): void {
    if (this.#isClosed) return
    if (except?.native) except.native.publish(topic, frame)
    else this.#native(topic, frame)
    const set = this.#sets.get(topic)
    if (!set) return
    for (const subscriber of set) if (subscriber !== except) subscriber.send(frame)
  }
}

const lengthOf = (item: Held | undefined): number => (item === undefined || typeof item === 'function' ? 0 : item.frame.length)

// A frame's way through the server: decode, find the type, check, handle, answer. Every transport comes through here.
import { AsyncLocalStorage } from 'node:async_hooks'
import * as v from 'valibot'
import type { Ambient } from './ambient.ts'
import { decode, type Envelope, encodeAck, encodeError, encodeRateLimited, FrameError } from './codec.ts'
import { AppError, badField, core } from './errors.ts'
import type { HookChain } from './hooks.ts'
import { coreLimits } from './limit.ts'
import type { Limits, Rule } from './limits.ts'
import type { Log } from './log.ts'
import type { AnyMessage } from './message.ts'
import type { Peer } from './peer.ts'
import type { AnyHandler, AnyRequest } from './plugin.ts'
import { Tally } from './tally.ts'

interface Route {
  readonly spec: AnyMessage
  readonly handle: AnyHandler
  /** Its own limit, beside those of the connection and the user. */
  readonly rule: Rule | undefined
}

/** A request that is being handled, as the error handlers of last resort see it. */
interface Scope {
  readonly peer: Peer
  readonly id: string
  readonly type: string
  isAnswered: boolean
  /** It counts among the unanswered ones. */
  isPending: boolean
}

/** What a dispatcher works with. */
export interface DispatchOptions {
  readonly hooks: HookChain
  readonly log: Log
  readonly ambient: Ambient
  readonly limits: Limits
}

/** Unanswered requests one connection may have. */
export const pendingLimit = 256
const parse: v.Config<v.BaseIssue<unknown>> = { abortEarly: true }

/** Finds the handler of each message by its type, and answers for it. */
export class Dispatcher {
  readonly #routes = new Map<string, Route>()
  readonly #scopes = new AsyncLocalStorage<Scope>()
  readonly #options: DispatchOptions
  readonly #pending = new Tally()
  readonly #rules: Readonly<Record<'messages' | 'userMessages' | 'refusals' | 'badFrames', Rule>>
  #isDraining = false

  constructor(options: DispatchOptions) {
    this.#options = options
    const { limits } = options
    this.#rules = {
      messages: limits.rule(coreLimits.messages),
      userMessages: limits.rule(coreLimits.userMessages),
      refusals: limits.rule(coreLimits.refusals),
      badFrames: limits.rule(coreLimits.badFrames),
    }
  }

  add(type: string, spec: AnyMessage, handle: AnyHandler): void {
    this.#routes.set(type, { spec, handle, rule: spec.limit && this.#options.limits.rule(spec.limit) })
  }

  /** Handle one frame of one peer; `undefined` is a binary one. Never throws. */
  receive(peer: Peer, frame: string | undefined): void {
    try {
      if (frame === undefined) throw new FrameError(core.UNSUPPORTED_DATA(), undefined, true)
      const envelope = decode(frame)
      const route = this.#routes.get(envelope.type)
      if (this.#options.limits.isOn && this.#isTooFast(peer, envelope, route)) return
      this.#handle(peer, envelope, route)
    } catch (failure) {
      this.#refuse(peer, failure)
    }
  }

  /**
   * A failure that no handler's promise carried, e.g. from a timer that a handler started: if it can be
   * told whose request it was, that request fails, and nobody else notices. True if it could.
   */
  blame(failure: unknown): boolean {
    const scope = this.#scopes.getStore()
    if (!scope) return false
    this.#fail(scope, failure)
    // The handler's own promise may never come to an end now.
    this.#settle(scope)
    return true
  }

  /** Refuse new requests from now on, and wait until the accepted ones are answered, but not longer than `timeoutMs`. */
  drain(timeoutMs: number): Promise<void> {
    this.#isDraining = true
    return this.#pending.over(timeoutMs)
  }

  /** Log a failure under a reference, and give the error that may be shown. */
  conceal(failure: unknown, fields: object): AppError {
    if (failure instanceof AppError) return failure
    const reference = this.#options.ambient.id('E')
    this.#options.log.error({ ...fields, reference, err: failure }, 'a handler failed')
    return core.INTERNAL({ reference }, failure)
  }

  #handle(peer: Peer, { id, type, room, to, data }: Envelope, route: Route | undefined): void {
    if (this.#isDraining) throw new FrameError(core.SHUTTING_DOWN(), id, false)
    if (!route) throw new FrameError(core.UNKNOWN_TYPE({ type: JSON.stringify(type.slice(0, 64)) }), id, false)
    const { spec } = route
    if (!peer.identity && spec.from !== 'anyone') throw new FrameError(core.AUTH_REQUIRED(), id, false)
    if (spec.address) this.#checkAddress(spec.address, room, to, id)
    else if (room !== undefined || to !== undefined)
      throw new FrameError(addressError(room === undefined ? 'to' : 'room', 'has no meaning here'), id, false)
    const parsed = v.safeParse(spec.input, data, parse)
    if (!parsed.success) throw new FrameError(badField(parsed.issues[0], '/data'), id, false)
    if (peer.pending >= pendingLimit) throw new FrameError(core.TOO_MANY_PENDING({ limit: pendingLimit }), id, false)
    const request: AnyRequest = { id, type, connection: peer, userId: peer.userId, room, to }
    this.#run({ peer, id, type, isAnswered: false, isPending: false }, route.handle, parsed.output, request)
  }

  #checkAddress(address: 'room' | 'to', room: string | undefined, to: string | undefined, id: string): void {
    const [given, other] = address === 'room' ? [room, to] : [to, room]
    if (given === undefined) throw new FrameError(addressError(address, 'is missing'), id, false)
    if (other !== undefined) throw new FrameError(addressError(address === 'room' ? 'to' : 'room', 'has no meaning here'), id, false)
  }

  #run(scope: Scope, handle: AnyHandler, input: unknown, request: AnyRequest): void {
    let result: unknown
    try {
      result = this.#scopes.run(scope, () => {
        const ready = this.#ready(scope.peer, request)
        return ready === undefined ? handle(input, request) : ready.then(() => handle(input, request))
      })
    } catch (failure) {
      this.#fail(scope, failure)
      return
    }
    if (!(result instanceof Promise)) {
      this.#ack(scope, result)
      return
    }
    scope.isPending = true
    scope.peer.pending++
    this.#pending.begin()
    result.then(
      (reply) => {
        this.#ack(scope, reply)
        this.#settle(scope)
      },
      (failure: unknown) => {
        this.#fail(scope, failure)
        this.#settle(scope)
      },
    )
  }

  // Hooks may take different times; handlers begin in the order of their messages all the same.
  #ready(peer: Peer, request: AnyRequest): Promise<unknown> | undefined {
    const hooked = this.#options.hooks.message(request)
    if (hooked === undefined && peer.turn === undefined) return undefined
    const before = [peer.turn, hooked]
    const over = (): void => {
      if (peer.turn === turn) peer.turn = undefined
    }
    const turn = Promise.allSettled(before).then(over)
    peer.turn = turn
    return Promise.all(before)
  }

  #settle(scope: Scope): void {
    if (!scope.isPending) return
    scope.isPending = false
    scope.peer.pending--
    this.#pending.end()
  }

  #ack(scope: Scope, reply: unknown): void {
    if (scope.isAnswered) return
    let frame: string
    try {
      frame = encodeAck(scope.id, reply ?? {})
    } catch (failure) {
      this.#fail(scope, failure)
      return
    }
    scope.isAnswered = true
    scope.peer.answer(frame)
  }

  // After the answer has gone, a late failure is told without an id: the request has had its one answer.
  #fail(scope: Scope, failure: unknown): void {
    const { peer, id, type } = scope
    const error = this.conceal(failure, { type, user: peer.userId, connection: peer.id })
    peer.send(encodeError(scope.isAnswered ? undefined : id, error))
    scope.isAnswered = true
  }

  #refuse(peer: Peer, failure: unknown): void {
    if (!(failure instanceof FrameError)) {
      peer.send(encodeError(undefined, this.conceal(failure, { connection: peer.id })))
      return
    }
    peer.send(encodeError(failure.id, failure.error))
    if (failure.isStrike && this.#isStruckOut(peer)) peer.close(4500, 'too many undecodable frames')
  }

  #isStruckOut(peer: Peer): boolean {
    return this.#rules.badFrames.takeFrom(peer, this.#options.ambient.monotonic()) > 0
  }

  // Nothing is thrown here: to refuse has to be much cheaper than to serve.
  #isTooFast(peer: Peer, { id }: Envelope, route: Route | undefined): boolean {
    const nowMs = this.#options.ambient.monotonic()
    const { messages, userMessages, refusals } = this.#rules
    const cost = route?.spec.cost ?? 1
    const waitMs =
      messages.takeFrom(peer, nowMs, cost) ||
      (peer.identity ? userMessages.takeFrom(peer, nowMs, cost) : 0) ||
      (route?.rule?.takeFrom(peer, nowMs, cost) ?? 0)
    if (waitMs === 0) return false
    peer.send(encodeRateLimited(id, waitMs))
    if (refusals.takeFrom(peer, nowMs) > 0) peer.close(4029, 'too many messages')
    return true
  }
}

const addressError = (field: 'room' | 'to', reason: string): AppError =>
  core.BAD_FIELD({ reason: `/${field} ${reason}.` }).with({ path: `/${field}` })

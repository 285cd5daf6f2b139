// Holds a history against what Parley promises. Pure: no clock, no network, and no server's word for anything.
import type { Event } from './event.ts'
import { type Facts, factsOf, only, type Rule, type Violation } from './facts.ts'
import * as order from './order-rules.ts'
import * as reader from './reader-rules.ts'

/** How many of what there were. */
export interface Counts {
  /** Different messages that were sent at least once. */
  readonly attempts: number
  /** Sends beyond the first of each. */
  readonly retries: number
  readonly acknowledged: number
  /** Messages of which no send was acknowledged and every one refused. */
  readonly refused: number
  /** Sends whose connection ended before an answer. */
  readonly unknown: number
  /** Messages whose answer was lost although they were stored, as a second try or the log told later. */
  readonly recovered: number
  readonly lost: number
  readonly unexpected: number
  readonly duplicated: number
  readonly pushes: number
  readonly syncs: number
  readonly receipts: number
}

/** Milliseconds from each fault to the next acknowledgement. */
export interface Recovery {
  readonly p50: number
  readonly p99: number
  readonly max: number
}

/** What the checker says. `unknown`: nothing is broken, but too little happened to mean anything. */
export interface Verdict {
  readonly result: 'valid' | 'invalid' | 'unknown'
  readonly counts: Counts
  readonly violations: readonly Violation[]
  /** Why the run says nothing; empty when it does. */
  readonly doubts: readonly string[]
  readonly recovery: Recovery | undefined
}

/** The rules by their numbers in the delivery contract. */
export const rules: Readonly<Record<string, Rule>> = {
  I1: order.lost,
  I2: order.phantom,
  I3: order.duplicate,
  I4: order.dense,
  I5: order.oneOrder,
  I6: order.realTime,
  I7: order.senderOrder,
  I8: order.integrity,
  I9: order.stableAcks,
  I10: order.refusedAbsent,
  I11: reader.ownWrites,
  I12: reader.contiguous,
  I13: reader.monotonicCursor,
  I14: reader.membership,
  I15: reader.receipts,
  I16: reader.shownInOrder,
  I17: reader.syncBeforeAck,
  I18: reader.soundStorage,
  I20: reader.convergence,
  I21: reader.noWedge,
}

const countOf = (violations: readonly Violation[], rule: string): number => violations.filter((broken) => broken.rule === rule).length

const countsOf = (facts: Facts, violations: readonly Violation[]): Counts => {
  const all = [...facts.messages]
  const sum = (count: (message: (typeof all)[number][1]) => number): number => all.reduce((total, [, message]) => total + count(message), 0)
  const isRecovered = ([key, { unknowns, acks }]: (typeof all)[number]): boolean =>
    unknowns > 0 && (acks[0] ? acks[0].dup : facts.stored.has(key))
  return {
    attempts: all.length,
    retries: sum(({ sends }) => sends - 1),
    acknowledged: order.acknowledged(facts).length,
    refused: all.filter(([, message]) => order.isRefused(message)).length,
    unknown: sum(({ unknowns }) => unknowns),
    recovered: all.filter(isRecovered).length,
    lost: countOf(violations, 'I1'),
    unexpected: countOf(violations, 'I2'),
    duplicated: countOf(violations, 'I3'),
    pushes: only(facts, 'push').length,
    syncs: only(facts, 'sync', 'ok').length,
    receipts: only(facts, 'receipt').length,
  }
}

const recoveryOf = ({ events }: Facts): Recovery | undefined => {
  const times: number[] = []
  let faultNs: number | undefined
  let isHealed = false
  for (const event of events) {
    if (event.f === 'fault' && event.type === 'invoke') [faultNs, isHealed] = [event.t_ns, false]
    else if (event.f === 'heal') isHealed = true
    else if (event.f === 'send' && event.type === 'ok' && faultNs !== undefined && isHealed) {
      times.push((event.t_ns - faultNs) / 1e6)
      faultNs = undefined
    }
  }
  if (times.length === 0) return undefined
  times.sort((a, b) => a - b)
  const at = (share: number): number => Math.round(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
  return { p50: at(0.5), p99: at(0.99), max: at(1) }
}

// What ends a server without a word leaves sends without an answer; a run that has none missed its moment.
const isSudden = (name: string): boolean => /^(kill|power)/.test(name)

const doubtsOf = (facts: Facts, { acknowledged, unknown }: Counts, least: number): string[] => {
  const doubts = acknowledged < least ? [`only ${acknowledged} messages were acknowledged, and ${least} are needed`] : []
  const faults = only(facts, 'fault')
  const names = [...new Set(faults.map(({ name }) => name))]
  for (const name of names) {
    const [planned, seen] = ['invoke', 'ok'].map((type) => faults.filter((fault) => fault.name === name && fault.type === type).length)
    if ((seen ?? 0) < (planned ?? 0)) doubts.push(`${name} was to happen ${planned} times and was seen ${seen} times`)
  }
  if (names.some(isSudden) && unknown === 0) doubts.push('the server ended without a word, and yet every send had its answer')
  if (facts.finals.size === 0) doubts.push('nobody read the logs in the end')
  return doubts
}

/** Check a history. `least` acknowledged messages are needed for it to mean anything. */
export const check = (events: readonly Event[], least = 1_000): Verdict => {
  const facts = factsOf(events)
  const violations = Object.entries(rules).flatMap(([rule, find]) => [...find(facts)].map((text) => ({ rule, text })))
  const counts = countsOf(facts, violations)
  const doubts = doubtsOf(facts, counts, least)
  const result = violations.length > 0 ? 'invalid' : doubts.length > 0 ? 'unknown' : 'valid'
  return { result, counts, violations, doubts, recovery: recoveryOf(facts) }
}

/** A verdict for people: one line of counts, then what is wrong. */
export const describeVerdict = ({ result, counts, violations, doubts, recovery }: Verdict): string => {
  const named = Object.entries(counts).map(([name, count]) => `${name} ${count.toLocaleString('en')}`)
  const back = recovery ? [`time to recover ${recovery.p50} ms (p50), ${recovery.p99} ms (p99), ${recovery.max} ms (longest)`] : []
  const broken = violations.slice(0, 20).map(({ rule, text }) => `${rule}: ${text}`)
  const more = violations.length > 20 ? [`… and ${violations.length - 20} more`] : []
  return [`${result}: ${[...named, ...back].join(', ')}`, ...broken, ...more, ...doubts].join('\n')
}

// A history in which nothing is wrong, for the tests that plant something in it.
import { type Event, type Row, shaOf, type Untimed } from './event.ts'

/** The conversation of U1 and U2. */
export const pair = 'U1:U2'
/** The group that U3 joins and leaves. */
export const group = 'G1'
/** As many acknowledgements as the history has to have. */
export const least = 20

export const textOf = (cid: string): string => `text of ${cid}`
/** The message at a position. */
export const rowOf = (seq: number, user = 'U1'): Row => ({
  seq,
  id: `M${seq}`,
  isMessage: true,
  user,
  cid: `c${seq}`,
  sha: shaOf(textOf(`c${seq}`)),
})

/** Writes lines with rising times. */
class Script {
  readonly events: Event[] = []
  #ms = 0

  add(event: Untimed): void {
    this.#ms += 1
    this.events.push({ ...event, t_ns: this.#ms * 1e6 } as Event)
  }

  wait(ms: number): void {
    this.#ms += ms
  }

  send(row: Row, conv: string, proc = 'U1/1'): void {
    this.add({ f: 'send', type: 'invoke', proc, conv, user: row.user, cid: row.cid, sha: row.sha })
  }

  ack(row: Row, conv: string, proc = 'U1/1', dup = false): void {
    this.add({ f: 'send', type: 'ok', proc, conv, user: row.user, cid: row.cid, id: row.id, seq: row.seq, dup })
  }

  /** A message to U2, who sees it, shows it and reads it. */
  talk(seq: number): void {
    const row = rowOf(seq)
    this.send(row, pair)
    this.add({ f: 'push', type: 'ok', proc: 'U2/1', conv: pair, user: 'U2', row })
    this.see(row)
    this.ack(row, pair)
    this.add({ f: 'receipt', type: 'ok', proc: 'U1/1', conv: pair, user: 'U2', read: seq, delivered: seq })
  }

  see({ seq, id }: Row): void {
    this.add({ f: 'shown', type: 'ok', proc: 'U2/1', device: 'U2/phone', conv: pair, seq, id })
    this.add({ f: 'cursor', type: 'ok', proc: 'U2/1', device: 'U2/phone', conv: pair, seq })
  }

  sync(since: number, rows: readonly Row[], head: number, { user = 'U2', conv = pair } = {}): void {
    const base = { f: 'sync', proc: `${user}/1`, conv, user, since } as const
    this.add({ ...base, type: 'invoke' })
    this.add({ ...base, type: 'ok', rows: [...rows], head, more: false })
  }
}

/** The same in the group. */
export const groupRow = (seq: number): Row => ({ ...rowOf(seq), id: `N${seq}` })

/** U3 joins at 4, sees a message and leaves at 6. */
const groupLife = (script: Script): void => {
  const base = { proc: 'U3/1', conv: group, user: 'U3' } as const
  for (const seq of [1, 2, 3, 4, 5, 6, 7, 8]) {
    if (seq === 4) {
      script.add({ f: 'join', type: 'invoke', ...base })
      script.add({ f: 'join', type: 'ok', bound: 4, ...base })
    }
    const row = groupRow(seq)
    script.send(row, group)
    if (seq >= 4 && seq <= 6) script.add({ f: 'push', type: 'ok', ...base, row })
    script.ack(row, group)
    if (seq === 6) {
      script.add({ f: 'leave', type: 'invoke', ...base })
      script.add({ f: 'leave', type: 'ok', bound: 6, ...base })
      script.wait(6_000)
    }
  }
  script.sync(3, [4, 5, 6].map(groupRow), 6, { user: 'U3', conv: group })
}

/** A whole life: talk, a kill with an unanswered send that was stored, a group, and a sound end. */
export const good = (): Event[] => {
  const script = new Script()
  for (const type of ['write', 'sync', 'ack'] as const) script.add({ f: 'trace', type, proc: 'server' })
  for (let seq = 1; seq <= 10; seq++) script.talk(seq)
  const unanswered = rowOf(11)
  script.send(unanswered, pair)
  script.add({ f: 'fault', type: 'invoke', proc: 'test', name: 'kill' })
  script.add({ f: 'send', type: 'info', proc: 'U1/1', conv: pair, user: 'U1', cid: 'c11' })
  script.add({ f: 'fault', type: 'ok', proc: 'test', name: 'kill' })
  script.add({ f: 'heal', type: 'ok', proc: 'test' })
  script.send(unanswered, pair, 'U1/2')
  script.ack(unanswered, pair, 'U1/2', true)
  script.sync(10, [unanswered], 11)
  script.see(unanswered)
  script.add({ f: 'send', type: 'invoke', proc: 'U1/2', conv: pair, user: 'U1', cid: 'refused', sha: shaOf('refused') })
  script.add({ f: 'send', type: 'fail', proc: 'U1/2', conv: pair, user: 'U1', cid: 'refused', code: 'CORE_STORAGE_FULL' })
  script.talk(12)
  script.talk(13)
  groupLife(script)
  script.add({ f: 'health', type: 'ok', proc: 'test', ms: 3 })
  const convs = [
    { conv: pair, head: 13, max: 13, count: 13 },
    { conv: group, head: 8, max: 8, count: 8 },
  ]
  script.add({ f: 'storage', type: 'ok', proc: 'test', integrity: 'ok', foreignKeys: 0, convs })
  const rows = Array.from({ length: 13 }, (_, index) => rowOf(index + 1))
  script.add({ f: 'final', type: 'ok', proc: 'test', conv: pair, head: 13, rows })
  script.add({ f: 'final', type: 'ok', proc: 'test', conv: group, head: 8, rows: [1, 2, 3, 4, 5, 6, 7, 8].map(groupRow) })
  return script.events
}

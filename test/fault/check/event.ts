// The lines of a history: what clients saw of a server, and what the test did to it. README.md describes the format.
import { createHash } from 'node:crypto'
import * as v from 'valibot'

const position = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const row = v.object({
  seq: position,
  id: v.string(),
  /** What was sent by a person; the others are entries of another kind, e.g. somebody joined. */
  isMessage: v.boolean(),
  user: v.string(),
  cid: v.string(),
  sha: v.string(),
})

const base = { t_ns: v.number(), proc: v.string(), run: v.optional(v.string()), node: v.optional(v.string()) }
const send = { ...base, f: v.literal('send'), conv: v.string(), user: v.string(), cid: v.string() }
const sync = { ...base, f: v.literal('sync'), conv: v.string(), user: v.string(), since: position }
/** `bound`: how far down, or up, the log may be read by them from then on. */
const member = { ...base, conv: v.string(), user: v.string(), bound: v.optional(position) }
const epoch = v.optional(v.string())
const ok = v.literal('ok')

const schemas = [
  v.object({ ...send, type: v.literal('invoke'), sha: v.string() }),
  v.object({ ...send, type: ok, id: v.string(), seq: position, dup: v.boolean(), epoch }),
  v.object({ ...send, type: v.literal('fail'), code: v.string() }),
  v.object({ ...send, type: v.literal('info') }),
  v.object({ ...base, f: v.literal('push'), type: ok, conv: v.string(), user: v.string(), row, epoch }),
  v.object({ ...sync, type: v.literal('invoke') }),
  v.object({ ...sync, type: v.literal('info') }),
  v.object({ ...sync, type: v.literal('fail'), code: v.string() }),
  v.object({ ...sync, type: ok, rows: v.array(row), head: position, more: v.boolean(), epoch }),
  v.object({ ...base, f: v.literal('shown'), type: ok, device: v.string(), conv: v.string(), seq: position, id: v.string() }),
  v.object({ ...base, f: v.literal('cursor'), type: ok, device: v.string(), conv: v.string(), seq: position }),
  v.object({ ...base, f: v.literal('reset'), type: ok, device: v.string(), conv: v.string(), seq: position }),
  v.object({ ...member, f: v.literal('join'), type: v.literal('invoke') }),
  v.object({ ...member, f: v.literal('join'), type: ok }),
  v.object({ ...member, f: v.literal('leave'), type: v.literal('invoke') }),
  v.object({ ...member, f: v.literal('leave'), type: ok }),
  v.object({ ...base, f: v.literal('receipt'), type: ok, conv: v.string(), user: v.string(), read: position, delivered: position }),
  v.object({ ...base, f: v.literal('fault'), type: v.literal('invoke'), name: v.string() }),
  v.object({ ...base, f: v.literal('fault'), type: ok, name: v.string() }),
  v.object({ ...base, f: v.literal('heal'), type: ok }),
  v.object({ ...base, f: v.literal('health'), type: ok, ms: v.number() }),
  v.object({ ...base, f: v.literal('trace'), type: v.literal('write') }),
  v.object({ ...base, f: v.literal('trace'), type: v.literal('sync') }),
  v.object({ ...base, f: v.literal('trace'), type: v.literal('ack') }),
  v.object({
    ...base,
    f: v.literal('storage'),
    type: ok,
    integrity: v.string(),
    foreignKeys: v.number(),
    convs: v.array(v.object({ conv: v.string(), head: position, max: position, count: position })),
  }),
  v.object({ ...base, f: v.literal('final'), type: ok, conv: v.string(), head: position, rows: v.array(row) }),
] as const

const schema = v.union(schemas)

/** One line of a history. */
export type Event = v.InferOutput<typeof schema>
/** An entry of a conversation as somebody was shown it. */
export type Row = v.InferOutput<typeof row>
/** Lines of one kind. */
export type EventOf<F extends Event['f'], T extends Event['type'] = Event['type']> = Extract<Event, { f: F; type: T }>
/** A line that has no time yet. */
export type Untimed<E extends Event = Event> = E extends Event ? Omit<E, 't_ns'> : never

/** What stands for a text in a history. */
export const shaOf = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 32)

/** Read a history; throws with the number of the line that is none. */
export const readHistory = (text: string): Event[] =>
  text.split('\n').flatMap((line, index) => {
    if (line === '') return []
    const parsed = v.safeParse(schema, asJson(line))
    if (!parsed.success) throw new Error(`line ${index + 1} is no line of a history: ${parsed.issues[0].message}`)
    return [parsed.output]
  })

const asJson = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

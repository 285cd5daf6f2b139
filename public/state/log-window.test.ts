import { describe, expect, test } from 'bun:test'
import type { Conversation, Entry } from '../../src/client/index.ts'
import { type AskHistory, LogWindow } from './log-window.ts'
import { mostMessages } from './span.ts'

const posted = (seq: number): Entry =>
  ({
    type: 'chat.posted',
    from: 'U2',
    to: 'U1',
    seq,
    time: '',
    data: { id: `M${seq}`, clientId: `c${seq}`, prev: seq - 1, text: `t${seq}` },
  }) as Entry

/** A log of `head` messages of which the client holds those from `start` on. */
const scene = (head: number, start: number) => {
  const log = Array.from({ length: head }, (_, i) => posted(i + 1))
  let listener = (): void => undefined
  const held = (): Entry[] => log.filter(({ seq }) => seq >= start)
  const live = {
    userId: 'U2',
    isLoaded: true,
    error: undefined,
    get entries() {
      return held()
    },
    get messages() {
      return held().filter(({ type }) => type === 'chat.posted')
    },
    get head() {
      return log.length
    },
    hasOlder: start > 1,
    onChange: (heard: () => void) => {
      listener = heard
      return () => undefined
    },
  } as unknown as Conversation
  const ask: AskHistory = async ({ before, after, around, limit }) => {
    const half = limit / 2
    const from = around === undefined ? (after ?? Math.max(0, (before ?? 0) - 1 - limit)) : Math.max(0, around - 1 - half)
    const to = around === undefined ? (before === undefined ? from + limit : before - 1) : from + limit
    const messages = log.slice(from, to)
    return { messages, head: log.length, more: after === undefined ? from > 0 : to < log.length }
  }
  const say = (entry: Entry): void => {
    log.push(entry)
    listener()
  }
  return { window: new LogWindow(live, ask), say, log }
}

const seqs = ({ log }: LogWindow): readonly number[] => log.value.map(({ seq }) => seq)
const range = (from: number, to: number): readonly number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i)

describe('a window on a log', () => {
  test('shows the newest part and grows up to the beginning', async () => {
    const { window } = scene(150, 101)
    expect(seqs(window)).toEqual(range(101, 150))
    await window.loadOlder()
    expect(seqs(window)).toEqual(range(1, 150))
    expect(window.hasOlder.value).toBe(false)
  })

  test('jumps far away, grows down again, and becomes one with the newest part', async () => {
    const { window, say } = scene(1_000, 951)
    expect(await window.jumpTo(300)).toBe(true)
    expect(window.hasNewer.value).toBe(true)
    expect(seqs(window)[0]).toBeGreaterThan(200)
    say(posted(1_001))
    expect(seqs(window)).not.toContain(1_001)
    for (let i = 0; i < 10 && window.hasNewer.value; i++) await window.loadNewer()
    expect(window.hasNewer.value).toBe(false)
    const [first = 0] = seqs(window)
    expect(seqs(window)).toEqual(range(first, 1_001))
  })

  test('holds a bounded number of messages wherever it is, without a hole', async () => {
    const { window } = scene(5_000, 4_951)
    for (let i = 0; i < 30; i++) await window.loadOlder()
    expect(window.log.value.length).toBeLessThanOrEqual(mostMessages)
    expect(window.hasNewer.value).toBe(true)
    for (let i = 0; i < 3; i++) await window.loadNewer()
    const all = seqs(window)
    expect(all).toEqual(range(all[0] ?? 0, all.at(-1) ?? 0))
    window.toNewest()
    expect(seqs(window)).toEqual(range(4_951, 5_000))
  })

  test('shows a change of a message wherever it stands', async () => {
    const { window, say } = scene(1_000, 951)
    await window.jumpTo(300)
    const edit = { ...posted(1_001), type: 'chat.edited' }
    say({ ...edit, data: { ...edit.data, target: 300, text: 'new' } })
    expect(window.log.value.find(({ seq }) => seq === 300)?.data.text).toBe('new')
  })

  test('says that there is no message where there is none', async () => {
    const { window } = scene(10, 1)
    expect(await window.jumpTo(11)).toBe(false)
  })
})

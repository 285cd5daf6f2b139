import { describe, expect, test } from 'bun:test'
import type { Entry } from '../../src/client/index.ts'
import { changed, joined, mostMessages, spanOf, upTo, withoutNewest, withoutOldest } from './span.ts'

const entry = (seq: number, type = 'chat.posted', data: object = {}): Entry =>
  ({
    type,
    from: 'U1',
    to: 'U2',
    seq,
    time: '',
    data: { id: `M${seq}`, clientId: `c${seq}`, prev: seq - 1, text: `t${seq}`, ...data },
  }) as Entry
const page = (from: number, to: number, more = true) =>
  spanOf({ messages: Array.from({ length: to - from + 1 }, (_, i) => entry(from + i)), head: to, more })
const seqs = ({ messages }: { readonly messages: readonly Entry[] }): readonly number[] => messages.map(({ seq }) => seq)

describe('a span of a log', () => {
  test('shows the messages of a page as they came, without applying the changes that stand in it once more', () => {
    const span = spanOf({ messages: [entry(1), entry(2, 'chat.edited', { target: 1, text: 'old' }), entry(3)], head: 9, more: false })
    expect(seqs(span)).toEqual([1, 3])
    expect(span.messages[0]?.data.text).toBe('t1')
    expect(span).toMatchObject({ from: 1, to: 3, isStart: true })
  })

  test('takes what changes later, for the messages in it only', () => {
    const span = page(1, 3)
    const edits = [entry(10, 'chat.edited', { target: 2, text: 'new' }), entry(11, 'chat.edited', { target: 7, text: 'x' }), entry(12)]
    expect(changed(span, edits).messages.map(({ data }) => data.text)).toEqual(['t1', 'new', 't3'])
    expect(changed(span, [entry(11, 'chat.edited', { target: 7, text: 'x' })])).toBe(span)
  })

  test('grows at both ends and is cut at the other one', () => {
    const long = joined(page(1, 700, false), page(701, 1_400))
    expect(long).toMatchObject({ from: 1, to: 1_400, isStart: true })
    expect(withoutNewest(long)).toMatchObject({ from: 1, to: mostMessages, isStart: true })
    expect(withoutOldest(long)).toMatchObject({ from: 201, to: 1_400, isStart: false })
    expect(withoutOldest(page(1, 10))).toMatchObject({ from: 1, to: 10 })
    expect(seqs(upTo(page(1, 5), 3))).toEqual([1, 2, 3])
  })
})

import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Posted } from './protocol.ts'
import { Timeline } from './timeline.ts'

const posted = (seq: number): Posted => ({
  type: 'chat.posted',
  from: 'U1',
  to: 'U2',
  seq,
  time: '',
  data: { id: `M${seq}`, clientId: `c${seq}`, text: `${seq}`, prev: seq - 1 },
})

const range = (from: number, to: number): Posted[] => Array.from({ length: Math.max(0, to - from + 1) }, (_, index) => posted(from + index))
const seqs = ({ messages }: Timeline): number[] => messages.map(({ seq }) => seq)

const kept = (): Timeline => {
  const timeline = new Timeline()
  timeline.keep()
  return timeline
}

describe('a timeline', () => {
  test('appends what continues it and drops repeats', () => {
    const timeline = kept()
    expect(timeline.append([posted(5), posted(5), posted(6)]).map(({ seq }) => seq)).toEqual([5, 6])
    expect(timeline.append([posted(4), posted(6)])).toEqual([])
    expect(seqs(timeline)).toEqual([5, 6])
    expect(timeline.hasGap).toBe(false)
  })

  test('notes what comes too early instead of taking it', () => {
    const timeline = kept()
    timeline.append([posted(1), posted(3)])
    expect(seqs(timeline)).toEqual([1])
    expect(timeline.hasGap).toBe(true)
    timeline.append([posted(2), posted(3)])
    expect(seqs(timeline)).toEqual([1, 2, 3])
    expect(timeline.hasGap).toBe(false)
  })

  test('takes a page in front only where it fits', () => {
    const timeline = kept()
    timeline.append([posted(5)])
    expect(timeline.prepend(range(1, 3), 5)).toBe(false)
    expect(timeline.prepend([posted(3), posted(2), posted(4)], 5)).toBe(false)
    expect(timeline.prepend(range(3, 4), 5)).toBe(true)
    expect(timeline.start).toBe(3)
    expect(seqs(timeline)).toEqual([3, 4, 5])
  })

  test('of which nothing is known begins with its newest page', () => {
    const timeline = kept()
    expect(timeline.prepend(range(6, 9), 9)).toBe(true)
    expect(timeline.head).toBe(9)
    const empty = kept()
    expect(empty.prepend([], 0)).toBe(true)
    expect([empty.head, empty.start]).toEqual([0, 1])
  })

  test('keeps its place when it keeps no messages', () => {
    const timeline = kept()
    timeline.append(range(1, 3))
    timeline.forget()
    timeline.append([posted(4)])
    expect([timeline.head, timeline.messages.length]).toEqual([4, 0])
    expect(timeline.prepend(range(1, 4), 4)).toBe(false)
  })

  test('has no hole, no repeat and no other order, whatever comes in whatever order', () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constant('append' as const), from: fc.integer({ min: 1, max: 30 }), size: fc.integer({ min: 0, max: 5 }) }),
      fc.record({ kind: fc.constant('prepend' as const), from: fc.integer({ min: 1, max: 30 }), size: fc.integer({ min: 0, max: 5 }) }),
      fc.record({ kind: fc.constant('shuffled' as const), from: fc.integer({ min: 1, max: 30 }), size: fc.integer({ min: 0, max: 5 }) }),
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
        const timeline = kept()
        for (const { kind, from, size } of operations) {
          const before = seqs(timeline)
          const frames = range(from, from + size - 1)
          if (kind === 'prepend') timeline.prepend(frames, frames.at(-1)?.seq ?? 0)
          else timeline.append(kind === 'append' ? frames : frames.toReversed())
          const after = seqs(timeline)
          expect(after).toEqual(range(after[0] ?? 1, after.at(-1) ?? 0).map(({ seq }) => seq))
          for (const seq of before) expect(after).toContain(seq)
          if (after.length > 0) expect(timeline.head).toBe(after.at(-1) as number)
        }
      }),
    )
  })
})

import { expect, test } from 'bun:test'
import type { Call, Quality } from '../../src/client/calls/index.ts'
import { CallWatch } from './call-watch.ts'

/** As much of a call as is watched. */
const callWith = (marks: readonly Quality['mark'][], more: Partial<Call> = {}): Call & { readonly sent: string[] } => {
  const sent: string[] = []
  const rest = [...marks]
  const quality = async (): Promise<readonly Quality[]> => [
    { user: 'U2', mark: rest.shift() ?? 'good', rttMs: 20, loss: 0, inKbps: 40, framesDecoded: 0, frameWidth: 0, path: undefined },
  ]
  const media = { audio: false, video: false, screen: false }
  const send = (text: string): number => sent.push(text)
  return { quality, media, send, verdict: undefined, sent, ...more } as unknown as Call & { readonly sent: string[] }
}

test('how well somebody comes in is what the client says of the last time', async () => {
  const watch = new CallWatch()
  const call = callWith(['good', 'poor', 'silent'])
  const marks: unknown[] = []
  for (let i = 0; i < 3; i++) {
    await watch.look(call)
    marks.push(watch.marks.value.get('U2'))
  }
  expect(marks).toEqual(['good', 'poor', 'silent'])
})

test('who has no microphone tells each of the others once, and they understand it', async () => {
  const [watch, other] = [new CallWatch(), new CallWatch()]
  const call = callWith([], { verdict: 'no_microphone' })
  await watch.look(call)
  await watch.look(call)
  expect(call.sent).toHaveLength(1)
  other.hear('hello', 'U3')
  other.hear(call.sent[0] ?? '', 'U2')
  expect([...other.withoutMicrophone.value]).toEqual(['U2'])
})

test('who only mutes themselves says nothing of the kind', async () => {
  const call = callWith([])
  await new CallWatch().look(call)
  expect(call.sent).toEqual([])
})

test('a call lasts since it was seen to be answered, and for a page that came later since the server says', () => {
  const watch = new CallWatch()
  const answeredAt = '2020-01-01T00:00:00.000Z'
  const seen = { id: 'C1', info: {} } as unknown as Call
  const later = { id: 'C2', info: { answeredAt } } as unknown as Call
  watch.note([seen, later])
  expect(watch.since(seen)).toBeUndefined()
  expect(watch.since(later)).toBe(Date.parse(answeredAt))
  const before = Date.now()
  watch.note([{ ...seen, info: { answeredAt } } as unknown as Call])
  expect(watch.since(seen)).toBeGreaterThanOrEqual(before)
})

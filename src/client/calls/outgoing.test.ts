import { expect, test } from 'bun:test'
import { ClientError, clientError } from '../errors.ts'
import { Outgoing, type Signal } from './outgoing.ts'

const candidate = (name: string): Signal => ({ signal: 'candidates', candidates: [{ candidate: name, sdpMid: '0', sdpMLineIndex: 0 }] })
const refused = (code: string, retryAfterMs?: number): ClientError =>
  new ClientError({ code, kind: 'conflict', message: '', retry: false, ...(retryAfterMs !== undefined && { retryAfterMs }) })

/** A queue whose every signal waits for the test's answer. */
const scene = () => {
  const sent: string[] = []
  let answer: { resolve: () => void; reject: (failure: unknown) => void } | undefined
  const arrived: (() => void)[] = []
  const queue = new Outgoing((signal) => {
    sent.push(signal.signal === 'candidates' ? signal.candidates.map((each) => each.candidate).join(' ') : signal.signal)
    arrived.splice(0).forEach((tell) => {
      tell()
    })
    return new Promise<void>((resolve, reject) => {
      answer = { resolve, reject }
    })
  })
  const next = (): Promise<void> => new Promise((resolve) => void arrived.push(resolve))
  /** Answer the one that is under way, and wait for the next. */
  const then = async (failure?: unknown): Promise<void> => {
    const more = next()
    if (failure === undefined) answer?.resolve()
    else answer?.reject(failure)
    await more
  }
  return { queue, sent, then, next, last: (failure?: unknown) => (failure ? answer?.reject(failure) : answer?.resolve()) }
}

test('signals go one after another, and candidates that gather meanwhile go together', async () => {
  const { queue, sent, then } = scene()
  queue.push({ signal: 'offer', sdp: '' })
  for (const name of ['a', 'b', 'c']) queue.push(candidate(name))
  queue.push({ signal: 'end-of-candidates' })
  expect(sent).toEqual(['offer'])
  await then()
  await then()
  expect(sent).toEqual(['offer', 'a b c', 'end-of-candidates'])
})

test('never more than fifty candidates go together', async () => {
  const { queue, sent, then } = scene()
  queue.push({ signal: 'offer', sdp: '' })
  for (let turn = 0; turn < 60; turn++) queue.push(candidate(`c${turn}`))
  await then()
  await then()
  expect(sent.slice(1).map((text) => text.split(' ').length)).toEqual([50, 10])
})

test.each(['CLIENT_CLOSED', 'CLIENT_OFFLINE'] as const)('after %s all waits in order until the line is back', async (code) => {
  const { queue, sent, last, then, next } = scene()
  queue.push({ signal: 'offer', sdp: '' })
  queue.push(candidate('a'))
  last(clientError(code))
  // The failure is heard in the same turn, long before there can be another line.
  await new Promise((resolve) => setImmediate(resolve))
  expect(sent).toEqual(['offer'])
  const again = next()
  queue.resume()
  await again
  await then()
  expect(sent).toEqual(['offer', 'offer', 'a'])
})

test('what was not answered in time is sent again by itself', async () => {
  const { queue, sent, then } = scene()
  queue.push({ signal: 'offer', sdp: '' })
  await then(clientError('CLIENT_TIMEOUT'))
  expect(sent).toEqual(['offer', 'offer'])
})

test('what came too fast is sent again when the server says', async () => {
  const { queue, sent, then } = scene()
  queue.push({ signal: 'offer', sdp: '' })
  await then(refused('CORE_RATE_LIMITED', 1))
  expect(sent).toEqual(['offer', 'offer'])
})

test('what the server refuses for good is dropped, and the next goes', async () => {
  const { queue, sent, then } = scene()
  queue.push({ signal: 'answer', sdp: '' })
  queue.push({ signal: 'offer', sdp: '' })
  await then(refused('CALLS_NO_OFFER'))
  expect(sent).toEqual(['answer', 'offer'])
})

test('what belongs to a connection that is no more is forgotten', async () => {
  const { queue, sent, then } = scene()
  queue.push({ signal: 'offer', sdp: 'old' })
  queue.push(candidate('old'))
  queue.clear()
  queue.push({ signal: 'end-of-candidates' })
  await then()
  expect(sent).toEqual(['offer', 'end-of-candidates'])
})

test('what was refused for now is forgotten with its connection, and holds up nothing of the next', async () => {
  const { queue, sent, last, next, then } = scene()
  queue.push({ signal: 'offer', sdp: 'old' })
  last(refused('CORE_RATE_LIMITED', 60_000))
  // The refusal is heard in the same turn.
  await new Promise((resolve) => setImmediate(resolve))
  queue.clear()
  const more = next()
  queue.push({ signal: 'answer', sdp: 'new' })
  await more
  queue.push(candidate('new'))
  await then()
  expect(sent).toEqual(['offer', 'answer', 'new'])
})

test('what is refused for now when its connection is no more is not sent again', async () => {
  const { queue, sent, then } = scene()
  queue.push({ signal: 'offer', sdp: 'old' })
  queue.clear()
  queue.push({ signal: 'answer', sdp: 'new' })
  await then(refused('CORE_RATE_LIMITED', 1))
  expect(sent).toEqual(['offer', 'answer'])
})

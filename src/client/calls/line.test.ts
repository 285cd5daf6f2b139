import { expect, test } from 'bun:test'
import { clientError } from '../errors.ts'
import { type CallClient, CallLine } from './line.ts'

const memory = () => {
  const kept = new Map<string, string>()
  return { getItem: (key: string) => kept.get(key) ?? null, setItem: (key: string, value: string) => void kept.set(key, value) }
}

/** A client that fails as told, and notes what it was asked. */
const scene = (...failures: unknown[]) => {
  const asked: { type: string; data: Record<string, unknown> }[] = []
  const listeners = new Set<(state: { kind: string }) => void>()
  let kind = 'online'
  const client: CallClient = {
    get state() {
      return { kind }
    },
    request: async (type, data) => {
      asked.push({ type, data: data as Record<string, unknown> })
      const failure = failures.shift()
      if (failure) throw failure
      return {}
    },
    on: () => () => {},
    onState: (listener) => {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
  }
  const turn = (to: string): void => {
    kind = to
    for (const listener of listeners) listener({ kind: to })
  }
  return { client, asked, turn }
}

test('a change is sent again with the same number until it is answered, and the next one counts on', async () => {
  const { client, asked } = scene(clientError('CLIENT_CLOSED'), clientError('CLIENT_TIMEOUT'))
  const line = new CallLine(client, memory())
  await line.change('hangup', 'C1', { reason: 'hangup' })
  await line.change('media', 'C1')
  expect(asked.map(({ type, data }) => `${type} ${data.n}`)).toEqual([
    'calls.hangup 1',
    'calls.hangup 1',
    'calls.hangup 1',
    'calls.media 2',
  ])
  expect(asked[0]?.data).toEqual({ call: 'C1', device: line.device, n: 1, reason: 'hangup' })
})

test('a change waits for a line that is down', async () => {
  const { client, asked, turn } = scene(clientError('CLIENT_OFFLINE'))
  turn('waiting')
  const done = new CallLine(client, memory()).change('accept', 'C1')
  await Promise.resolve()
  expect(asked.length).toBe(1)
  turn('connecting')
  turn('online')
  await done
  expect(asked.length).toBe(2)
})

test('what the server refuses is refused at once', async () => {
  const { client, asked } = scene(clientError('CLIENT_CANCELLED'))
  await expect(new CallLine(client, memory()).change('accept', 'C1')).rejects.toThrow('cancelled')
  expect(asked.length).toBe(1)
})

test('a device keeps its name and its numbers over a reload', async () => {
  const storage = memory()
  const { client, asked } = scene()
  const before = new CallLine(client, storage)
  await before.change('accept', 'C1')
  const after = new CallLine(client, storage)
  await after.change('hangup', 'C1')
  expect(after.device).toBe(before.device)
  expect(asked.map(({ data }) => data.n)).toEqual([1, 2])
})

test.each([
  ['nothing to keep it in', undefined],
  [
    'a storage that throws',
    {
      getItem: () => {
        throw new Error('denied')
      },
      setItem: () => {
        throw new Error('full')
      },
    },
  ],
  ['something else in its place', { getItem: () => '{"name":"x y","n":"1"}', setItem: () => {} }],
])('a device with %s has a name all the same', (_, storage) => {
  const { client } = scene()
  expect(new CallLine(client, storage).device).toMatch(/^[A-Za-z0-9_-]{8,64}$/)
})

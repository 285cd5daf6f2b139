// What must happen though nobody waits for it.
import { expect, test } from 'bun:test'
import { coreErrors } from '#core'
import { Caller } from '../../test/support/caller.ts'
import { testClock } from '../../test/support/clock.ts'
import { startTestServer } from '../../test/support/server.ts'
import { faultyDriver } from '../../test/support/sqlite-faults.ts'
import { quietLog } from '../../test/support/stores.ts'
import { Chores } from './chores.ts'
import { calls } from './index.ts'

test('what the database does not take is tried again until it does, and said once', async () => {
  const log = quietLog()
  const chores = new Chores(log)
  const tries: string[] = []
  await chores.do(async () => {
    tries.push('x')
    if (tries.length < 3) throw coreErrors.STORAGE_BUSY()
  })
  expect([tries.length, chores.isEmpty]).toEqual([1, false])
  for (let turn = 0; turn < 3; turn++) await chores.retry()
  expect([tries.length, chores.isEmpty]).toEqual([3, true])
  expect(log.lines).toEqual(['warn a call could not be changed, and will be'])
})

test('what is tried still is not begun a second time', async () => {
  const chores = new Chores(quietLog())
  const { promise, resolve } = Promise.withResolvers<void>()
  let begun = 0
  const doing = chores.do(() => {
    begun++
    return promise
  })
  await chores.retry()
  resolve()
  await doing
  expect([begun, chores.isEmpty]).toEqual([1, true])
})

test.each([
  ['cannot succeed is said, and given up', () => new TypeError('a mistake'), ['error a call could not be changed']],
  ['comes too late for the server is forgotten', () => coreErrors.SHUTTING_DOWN(), []],
])('what %s', async (_, failure, lines) => {
  const log = quietLog()
  const chores = new Chores(log)
  await chores.do(() => Promise.reject(failure()))
  expect([chores.isEmpty, log.lines]).toEqual([true, lines])
})

test('a device that is lost while the database does not answer is away all the same, and its call ends', async () => {
  const clock = testClock()
  const driver = faultyDriver()
  await using server = await startTestServer([calls], { ambient: clock.ambient, runtime: driver })
  const [ann, bob] = [new Caller('U11', await server.connect('U11')), new Caller('U12', await server.connect('U12'))]
  const { call } = await ann.invite(bob.user)
  await bob.do('accept', call.id)
  const broken = driver.break('update "calls_calls"', 5)
  bob.socket.terminate()
  await broken
  driver.mend()
  expect((await ann.told('changed', 'dropped')).people[1].party.away).toBe(true)
  clock.advance(20_001)
  expect(await ann.told('ended')).toMatchObject({ outcome: 'failed', reason: 'connection_lost' })
})

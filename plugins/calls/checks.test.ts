import { describe, expect, test } from 'bun:test'
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'
import { type Coturn, startCoturn, turnSecret, whyNoCoturn } from '../../test/support/coturn.ts'
import { describeUnless } from '../../test/support/skip.ts'
import { checks, type Servers } from './checks.ts'

/** What each check found, or why it failed. */
const run = (servers: Partial<Servers>): Promise<unknown[]> =>
  Promise.all(
    checks({ stun: [], turn: [], ...servers }).map(async (check) => {
      try {
        return await check.run()
      } catch (failure) {
        return (failure as Error).message
      }
    }),
  )

/** A UDP port at which somebody answers as `answer` says, or nobody does. */
const udp = (answer: (request: Buffer) => Buffer | undefined): Promise<{ port: number; close: () => void }> =>
  new Promise((resolve) => {
    const socket = createSocket('udp4')
    socket.on('message', (request, { address, port }) => {
      const reply = answer(request)
      if (reply) socket.send(reply, port, address)
    })
    socket.bind(0, '127.0.0.1', () => resolve({ port: socket.address().port, close: () => socket.close() }))
  })

describe('the doctor', () => {
  test('says that calls without any server work within one network', async () => {
    expect(await run({})).toEqual([{ note: expect.stringContaining('one network') }])
  })

  test('wants a secret for TURN', async () => {
    const { port, close } = await udp((request) => request)
    const [secret] = await run({ turn: [`turn:127.0.0.1:${port}`] })
    expect(secret).toContain('PARLEY_CALLS_TURN_SECRET')
    close()
  })

  test('believes a server that answers its own request, and no other answer', async () => {
    const right = await udp((request) => request)
    const wrong = await udp((request) => Buffer.alloc(request.length))
    const found = await run({ stun: [`stun:127.0.0.1:${right.port}`, `stun:127.0.0.1:${wrong.port}`] })
    expect(found).toEqual(['it answers', expect.stringContaining('does not answer')])
    right.close()
    wrong.close()
  })

  test('knows a TCP port that nobody listens on', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const ask = () => run({ turn: [`turn:127.0.0.1:${port}?transport=tcp`], turnSecret })
    expect((await ask())[1]).toMatchObject({ note: expect.stringContaining('takes connections') })
    await new Promise((resolve) => server.close(resolve))
    expect((await ask())[1]).toMatch(/ECONNREFUSED|refused|connect/i)
  })
})

describeUnless(whyNoCoturn)('a real TURN server', () => {
  test('answers the doctor', async () => {
    await using coturn: Coturn = await startCoturn()
    const found = await run({ stun: [`stun:127.0.0.1:${coturn.port}`], turn: [`turn:127.0.0.1:${coturn.port}?transport=udp`], turnSecret })
    expect(found).toEqual([expect.stringContaining('secret'), 'it answers', 'it answers'])
  })
})

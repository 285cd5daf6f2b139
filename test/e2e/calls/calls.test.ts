// Calls in real browsers with devices that are none: they connect, and each decodes the other's frames.
import { expect, test } from 'bun:test'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import { receiveStage } from './ground.ts'
import type { Caller } from './stage.ts'

const timeout = 60_000

/** One calls the other, who answers; milliseconds from the answer until both see each other. */
const connect = async (ann: Caller, bob: Caller, kind: 'audio' | 'video' = 'video'): Promise<number> => {
  await ann.do((harness, [to, what]) => harness.invite(to, what), [bob.user, kind] as const)
  await bob.until((harness) => harness.state() === 'incoming')
  const beganMs = performance.now()
  await bob.do((harness) => harness.accept())
  if (kind === 'video') await Promise.all([ann.sees(1, 1), bob.sees(1, 1)])
  else for (const each of [ann, bob]) await each.until((harness) => harness.state() === 'connected')
  return performance.now() - beganMs
}

describeUnless(whyNotWith('auth', 'calls', 'chat'))('calls in browsers', () => {
  const stage = receiveStage()
  const pair = (): Promise<[Caller, Caller]> => Promise.all([stage.guest(), stage.guest()])

  test(
    'two people see each other, hear that one is muted, write to each other, and are apart when one hangs up',
    async () => {
      const [ann, bob] = await pair()
      const tookMs = await connect(ann, bob)
      console.log(`calls: ${Math.round(tookMs)} ms from the answer until both had decoded a frame of the other`)
      await bob.do((harness) => harness.setAudio(false))
      await ann.until((harness) => harness.remotes()[0]?.media.audio === false)
      await ann.until((harness) => harness.send('hello') === 1)
      await bob.until((harness) => harness.texts().length > 0)
      expect(await bob.do((harness) => harness.texts())).toEqual([`${ann.user} hello`])
      const [quality] = await ann.do((harness) => harness.quality())
      expect(quality).toMatchObject({ user: bob.user, path: { protocol: 'udp' } })
      await bob.do((harness) => harness.hangup())
      await ann.until((harness) => harness.state() === undefined)
      expect(await ann.do((harness) => harness.last())).toMatchObject({ state: 'ended', outcome: 'completed' })
    },
    timeout,
  )

  test(
    'a screen takes the place of the camera without another offer, and gives it back',
    async () => {
      const [ann, bob] = await pair()
      await connect(ann, bob)
      await bob.until((harness) => harness.remotes()[0]?.media.screen === false && !harness.isWide())
      await ann.do((harness) => harness.setScreen(true))
      await bob.until((harness) => harness.remotes()[0]?.media.screen === true && harness.isWide())
      await ann.do((harness) => harness.setScreen(false))
      await bob.until((harness) => harness.remotes()[0]?.media.screen === false && !harness.isWide())
      expect(await bob.do((harness) => harness.state())).toBe('connected')
      await ann.do((harness) => harness.hangup())
    },
    timeout,
  )

  test(
    'of three devices one answers, and the others fall silent',
    async () => {
      const [ann, bob] = await pair()
      const others = [await stage.another(bob), await stage.another(bob)]
      await ann.do((harness, to) => harness.invite(to, 'audio'), bob.user)
      for (const each of [bob, ...others]) await each.until((harness) => harness.state() === 'incoming')
      await bob.do((harness) => harness.accept())
      for (const other of others) await other.until((harness) => harness.state() === 'elsewhere')
      await ann.until((harness) => harness.state() === 'connected')
      await ann.do((harness) => harness.hangup())
      for (const other of others) await other.until((harness) => harness.state() === undefined)
      expect(await bob.do((harness) => harness.last())).toMatchObject({ outcome: 'completed' })
    },
    timeout,
  )

  test(
    'two who call each other at once are in one call, and see each other',
    async () => {
      const [ann, bob] = await pair()
      const call = (from: Caller, to: Caller): Promise<string> => from.do((harness, user) => harness.invite(user, 'video'), to.user)
      const [one, other] = await Promise.all([call(ann, bob), call(bob, ann)])
      expect(one).toBe(other)
      await Promise.all([ann.sees(), bob.sees()])
      await ann.do((harness) => harness.hangup())
    },
    timeout,
  )

  test(
    'a page that is loaded again is back in its call, whoever of the two it was',
    async () => {
      const [ann, bob] = await pair()
      await connect(ann, bob)
      for (const each of [ann, bob]) {
        await each.reload()
        await Promise.all([ann.sees(), bob.sees()])
      }
      await bob.do((harness) => harness.hangup())
      await ann.until((harness) => harness.state() === undefined)
      expect(await ann.do((harness) => harness.last())).toMatchObject({ outcome: 'completed' })
    },
    timeout,
  )

  test(
    'a server that restarts interrupts no picture, and the call can be ended afterwards',
    async () => {
      const [ann, bob] = await pair()
      await connect(ann, bob)
      await stage.program.stop()
      await Promise.all([ann.sees(), bob.sees()])
      await stage.program.startAgain()
      for (const each of [ann, bob]) await each.until((harness) => harness.isOnline())
      for (const each of [ann, bob]) await each.until((harness) => harness.remotes()[0]?.isAway === false)
      await bob.do((harness) => harness.hangup())
      await ann.until((harness) => harness.state() === undefined)
      expect(await ann.do((harness) => harness.last())).toMatchObject({ outcome: 'completed' })
    },
    timeout,
  )

  test(
    'four in a group see each other',
    async () => {
      const people = await Promise.all([stage.guest(), stage.guest(), stage.guest(), stage.guest()])
      const [ann, ...others] = people
      const group = await ann.do(
        async (harness, users) =>
          ((await harness.client.request('chat.create', { name: 'Four', users } as never)) as unknown as { id: string }).id,
        others.map(({ user }) => user),
      )
      await ann.do((harness, to) => harness.invite(to, 'video'), group)
      for (const other of others) {
        await other.until((harness) => harness.state() === 'incoming')
        await other.do((harness) => harness.accept())
      }
      await Promise.all(people.map((each) => each.sees(3)))
      expect(await ann.do((harness) => harness.send('all of you'))).toBe(3)
      for (const each of people) await each.do((harness) => harness.hangup())
    },
    timeout,
  )
})

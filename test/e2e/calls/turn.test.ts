// Calls that go through a TURN server and nowhere else, with credentials that the server made.
import { expect, test } from 'bun:test'
import { type Coturn, turnSecret, whyNoCoturn } from '../../support/coturn.ts'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import { receiveTurn } from './ground.ts'
import { talkOn } from './stage.ts'

const timeout = 90_000

const settings = ({ port }: Coturn, transports: readonly ('udp' | 'tcp')[]): Record<string, string> => ({
  PARLEY_CALLS_STUN: `stun:127.0.0.1:${port}`,
  PARLEY_CALLS_TURN: transports.map((transport) => `turn:127.0.0.1:${port}?transport=${transport}`).join(','),
  PARLEY_CALLS_TURN_SECRET: turnSecret,
})

describeUnless(whyNotWith('auth', 'calls') ?? whyNoCoturn)('calls through a TURN server', () => {
  const ground = receiveTurn()

  test.each(['udp', 'tcp'] as const)(
    'reach each other over %s alone',
    async (transport) => {
      await using stage = await ground.stage(settings(ground.coturn, [transport]))
      const [ann] = await talkOn(stage, 'relay')
      const [quality] = await ann.do((harness) => harness.quality())
      expect(quality?.path).toMatchObject({ local: 'relay', protocol: transport })
    },
    timeout,
  )

  test(
    'find another way when the one there was is gone',
    async () => {
      await using stage = await ground.stage(settings(ground.coturn, ['udp']))
      const [ann, bob] = await talkOn(stage, 'relay')
      await ground.coturn.kill()
      await ann.until((harness) => harness.state() === 'reconnecting')
      await ground.coturn.startAgain()
      await Promise.all([ann, bob].map((each) => each.until((harness) => harness.state() === 'connected')))
      await Promise.all([ann.sees(), bob.sees()])
      expect(await ann.do((harness) => harness.state())).toBe('connected')
    },
    timeout,
  )
})

// Microphones and cameras that go away in the middle of a call, in real browsers.
import { expect, test } from 'bun:test'
import { describeUnless } from '../../support/skip.ts'
import { whyNotWith } from '../program.ts'
import { receiveStage } from './ground.ts'
import { talkOn } from './stage.ts'

const timeout = 90_000

describeUnless(whyNotWith('auth', 'calls'))('devices of a call', () => {
  const stage = receiveStage()

  test(
    'that are unplugged are missed on both sides, and taken up again when they are back; the call goes on',
    async () => {
      const [ann, bob] = await talkOn(stage)

      await ann.do((harness) => harness.unplug('video'))
      expect(await ann.do((harness) => harness.verdict())).toBe('no_camera')
      await bob.until((harness) => harness.remotes()[0]?.media.video === false)
      await ann.do((harness) => harness.unplug('audio'))
      expect(await ann.do((harness) => harness.verdict())).toBe('no_microphone')
      await bob.until((harness) => harness.remotes()[0]?.media.audio === false)

      await ann.do((harness) => harness.setVideo(true))
      await ann.do((harness) => harness.setAudio(true))
      expect(await ann.do((harness) => harness.verdict())).toBeUndefined()
      await bob.until((harness) => harness.remotes()[0]?.media.video === true && harness.remotes()[0]?.media.audio === true)
      await bob.sees()
      await ann.do((harness) => harness.hangup())
    },
    timeout,
  )
})

// A call that finds no way, on the page: it says so, why, and who can mend it. The other side may use relays only, where none
// answers, and is of little patience; what it found out comes to the page by the server.
import { describe, expect, test } from 'bun:test'
import { describeUnless } from '../../support/skip.ts'
import { arrive, expectNoComplaints, idOf } from '../person.ts'
import { whyNotWith } from '../program.ts'
import { receiveStage } from './ground.ts'

const timeout = 90_000
const patienceMs = 1_000
// Nobody listens there.
const gone = { PARLEY_CALLS_TURN: 'turn:127.0.0.1:9?transport=udp', PARLEY_CALLS_TURN_SECRET: 'a secret of nobody' }

describeUnless(whyNotWith('auth', 'rooms', 'chat', 'calls'))('a call that finds no way', () => {
  describe.each([
    {
      verdict: 'no_route',
      env: {},
      locale: 'en-GB',
      words: { accept: 'Accept', failed: 'The call failed', why: 'The two devices cannot reach each other.', again: 'Call again' },
    },
    {
      verdict: 'no_relay',
      env: gone,
      locale: 'zh-CN',
      words: { accept: '接听', failed: '通话失败', why: '这需要服务器的管理员处理：TURN 服务器没有应答。', again: '再次呼叫' },
    },
  ])('by $verdict', ({ verdict, env, locale, words }) => {
    const stage = receiveStage(env)

    test(
      'says so in the language of the page, and can be made again',
      async () => {
        const ann = await arrive(await stage.browser.newContext({ locale, permissions: ['camera', 'microphone'] }), stage.program.url)
        await ann.enter('Ann')
        const other = await stage.guest('relay', patienceMs)
        await other.do((harness, to) => harness.invite(to, 'audio'), await idOf(ann.page))
        await ann.page.getByRole('button', { name: words.accept, exact: true }).click()
        const card = ann.page.locator('.call-end')
        for (const text of [words.failed, words.why]) await card.getByText(text).waitFor()
        expect(await other.do((harness) => harness.last())).toMatchObject({ outcome: 'failed', reason: 'ice_failed', verdict })
        await card.getByRole('button', { name: words.again }).click()
        await other.until((harness) => harness.state() === 'incoming')
        expectNoComplaints(ann)
      },
      timeout,
    )
  })
})

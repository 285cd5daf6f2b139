import { describe, expect, test } from 'bun:test'
import type { ClientState } from '../../src/client/index.ts'
import { en } from '../i18n/en.ts'
import { type LineContext, lineNotice, lineStatus } from './line-status.ts'

const calm: LineContext = { isNetworkDown: false, wasOnline: true, seconds: 5 }
const waiting = (code: number): ClientState => ({ kind: 'waiting', attempt: 1, retryAt: 0, reason: { code, reason: '' } })
const connecting = (attempt: number): ClientState => ({ kind: 'connecting', attempt })

describe('what the page says about the line', () => {
  test('the first connection shows no bar', () => {
    expect(lineNotice(connecting(0), { ...calm, wasOnline: false }, en)).toBeUndefined()
    expect(lineStatus(connecting(0), { ...calm, wasOnline: false }, en)).toEqual({ tone: 'busy', text: en.connecting })
  })

  test('a broken line shows when it is tried again, with a button that does it now', () => {
    expect(lineNotice(waiting(1006), calm, en)).toEqual({
      text: en.noConnection,
      detail: 'Next try in 5 s.',
      action: { label: en.retryNow, does: 'retry' },
    })
    expect(lineStatus(waiting(1006), calm, en).text).toBe(en.offline)
  })

  test('the bar stays while a try is under way', () => {
    expect(lineNotice(connecting(2), calm, en)?.detail).toBe(en.nextTry(0))
    expect(lineNotice(connecting(0), calm, en)).toBeDefined()
  })

  test('a restart of the server is told as such', () => {
    expect(lineNotice(waiting(1012), calm, en)?.text).toBe(en.restarting)
  })

  test('a device without network is told that its messages are kept', () => {
    expect(lineNotice(waiting(1006), { ...calm, isNetworkDown: true }, en)?.text).toBe(en.youAreOffline)
  })

  test('an end for good offers to connect again; one of our own says nothing', () => {
    expect(lineNotice({ kind: 'closed', reason: { code: 4503, reason: '' } }, calm, en)?.action?.does).toBe('start')
    expect(lineNotice({ kind: 'closed', reason: undefined }, calm, en)).toBeUndefined()
  })
})

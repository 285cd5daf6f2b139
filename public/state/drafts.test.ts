import { afterEach, expect, test } from 'bun:test'
import type { PageClient } from '../wire.ts'
import { startDrafts, takeDraft } from './drafts.ts'
import { setUnsaid, unsaid } from './unsaid.ts'

let end: (() => void) | undefined

const begin = (): void => {
  end = startDrafts({ on: () => () => undefined } as unknown as PageClient, 'U1')
}

afterEach(() => {
  end?.()
  unsaid.value = new Map()
})

const at = (ms: number): string => new Date(Date.now() + ms).toISOString()

test('a draft of another device is taken where nothing newer was written here', () => {
  begin()
  takeDraft('U2', { text: 'from the phone', time: at(-1_000) })
  expect(unsaid.value.get('U2')).toBe('from the phone')
  takeDraft('U2', { text: 'and more', time: at(-500) })
  expect(unsaid.value.get('U2')).toBe('and more')
})

test('what is written here stays before an older draft, and before none', () => {
  begin()
  setUnsaid('U2', 'written here')
  takeDraft('U2', { text: 'older', time: at(-60_000) })
  takeDraft('U2', undefined)
  expect(unsaid.value.get('U2')).toBe('written here')
})

test('a draft that was ended elsewhere is ended here', () => {
  begin()
  takeDraft('U2', { text: 'from the phone', time: at(-1_000) })
  takeDraft('U2', null)
  expect(unsaid.value.has('U2')).toBe(false)
})

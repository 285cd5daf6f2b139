import { describe, expect, test } from 'bun:test'
import { type Listed, Listing } from './listing.ts'

const listed = (to: string): Listed => ({ to, head: 1, read: 0, unread: 0 })

/** A server with `count` conversations, U1 on top, and what the listing has heard of them. */
const scene = (count: number, hasInbox = true) => {
  const there = Array.from({ length: count }, (_, i) => `U${i + 1}`)
  const known = new Set<string>()
  const asked: string[] = []
  /** Changes since the last question, by conversation. */
  const changed = new Map<string, Listed | null>()
  const state = { isDown: false, isBusy: false, isReset: false }
  const page = ({ limit, cursor = '0' }: { limit: number; cursor?: string }) => {
    const end = Number(cursor) + limit
    return { conversations: there.slice(Number(cursor), end).map(listed), ...(end < there.length && { next: String(end) }) }
  }
  const changes = ({ now }: { now?: boolean }) => {
    const entries = now ? [] : [...changed].map(([to, data]) => ({ kind: 'chat', key: [to, 'me'].sort().join(':'), data }))
    changed.clear()
    return { epoch: 'e', position: 1, entries, more: false, ...(state.isReset && !now && { reset: true }) }
  }
  let idle = Promise.withResolvers<void>()
  const listing = new Listing({
    me: 'me',
    hasInbox: () => hasInbox,
    idle: () => idle.promise,
    pause: () => idle.promise,
    ask: async (type, data) => {
      asked.push(type)
      if (state.isDown) throw new Error('no line')
      if (state.isBusy) throw Object.assign(new Error('too much'), { code: 'CORE_RATE_LIMITED', retry: true })
      return type === 'chat.list' ? page(data as { limit: number }) : changes(data as { now?: boolean })
    },
    sink: {
      take: (all) => {
        for (const { to } of all) known.add(to)
      },
      drop: (all) => {
        for (const to of all) known.delete(to)
      },
      peers: () => [...known],
    },
  })
  /** Let the page rest once, and whatever is under way come to its end. */
  const rest = async (): Promise<void> => {
    idle.resolve()
    idle = Promise.withResolvers()
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
  }
  return { listing, known, asked, there, changed, state, rest }
}

describe('the list of conversations', () => {
  test('is told a little at first, and the rest while there is nothing better to do', async () => {
    const { listing, known, rest } = scene(500)
    listing.refresh()
    await rest()
    await rest()
    expect([known.size, listing.isWhole.peek()]).toEqual([260, false])
    await rest()
    await rest()
    expect([known.size, listing.isWhole.peek()]).toEqual([500, true])
  })

  test('of thousands is told as far as somebody looks', async () => {
    const { listing, known, rest } = scene(3_000)
    listing.refresh()
    for (let i = 0; i < 20; i++) await rest()
    expect([known.size, listing.isWhole.peek()]).toEqual([1_860, false])
    listing.more()
    await rest()
    expect(known.size).toBe(2_060)
  })

  test('once told is not asked for again where an inbox says what has changed', async () => {
    const { listing, known, asked, changed, rest } = scene(50)
    listing.refresh()
    await rest()
    asked.length = 0
    changed.set('U77', listed('U77')).set('U3', null)
    listing.refresh()
    await rest()
    expect([asked, known.has('U77'), known.has('U3')]).toEqual([['inbox.sync'], true, false])
  })

  test('is asked for again after a reset, and without an inbox; who is not in it any more goes', async () => {
    for (const hasInbox of [true, false]) {
      const { listing, known, there, state, rest } = scene(50, hasInbox)
      listing.refresh()
      await rest()
      state.isReset = true
      there.splice(10, 1)
      listing.refresh()
      await rest()
      expect([known.size, known.has('U11')]).toEqual([49, false])
    }
  })

  test('goes on where a line broke', async () => {
    const { listing, known, asked, state, rest } = scene(300)
    listing.refresh()
    await rest()
    state.isDown = true
    await rest()
    expect(known.size).toBeLessThan(300)
    state.isDown = false
    asked.length = 0
    listing.refresh()
    for (let i = 0; i < 4; i++) await rest()
    expect([known.size, listing.isWhole.peek(), asked[0]]).toEqual([300, true, 'inbox.sync'])
  })

  test('is asked for once more where the server was too busy, by itself', async () => {
    const { listing, known, state, rest } = scene(50)
    state.isBusy = true
    listing.refresh()
    for (let turn = 0; turn < 50; turn++) await Promise.resolve()
    expect(known.size).toBe(0)
    state.isBusy = false
    await rest()
    expect([known.size, listing.isWhole.peek()]).toEqual([50, true])
  })
})

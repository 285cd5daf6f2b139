import { expect, test } from 'bun:test'
import type { Connection, Store } from '#core'
import { forEachStore } from '../../test/support/stores.ts'
import { Epoch } from './epoch.ts'
import { Heads } from './heads.ts'
import { migrations } from './migrations/index.ts'
import { Nodes } from './nodes.ts'
import { tables } from './tables.ts'

forEachStore('what other nodes stored', (open) => {
  const scene = async () => {
    const { store } = await open()
    await store.migrate('chat', migrations)
    const t = tables(open.kit)
    let nowMs = Date.UTC(2026, 10, 20)
    let setBacks = 0
    const renewed: string[] = []
    const epochOf = (of: Store) => new Epoch({ store: of, tables: t, onRenewed: (value) => void renewed.push(value) })
    const epoch = epochOf(store)
    await epoch.open(false)
    const heads = new Heads({ monotonic: () => nowMs, epoch: () => 'e', onSetBack: () => void setBacks++ })
    const nodes = new Nodes({ store, tables: t, heads, epoch, log: console as never, now: () => nowMs })
    const keys = ['', 'U1:U2', 'G1', 'U1:U1']
    await store.write(async (tx) => {
      for (const [id, key] of keys.entries()) {
        if (key !== '')
          await tx.insert(t.conversations).values({ id, key, first: key.split(':')[0] ?? '', second: key.split(':')[1] ?? key })
      }
    })
    return {
      heads,
      nodes,
      epoch,
      other: epochOf(store),
      renewed,
      setBacks: () => setBacks,
      pass: (ms: number) => {
        nowMs += ms
      },
      /** As another node does: behind the back of this one's memory. */
      store: (conversation: number, seq: number, agoMs = 0) =>
        store.write((tx) =>
          tx
            .insert(t.messages)
            .values({ conversation, seq, id: `M${seq}`, sender: 'U2', clientId: `c${seq}`, text: 'x', time: new Date(nowMs - agoMs) }),
        ),
      told: (user: string, sinceMs = 0) => heads.digest({ userId: user } as Connection, nowMs - sinceMs)?.heads,
    }
  }

  test('is told to the people of a conversation and the members of a group, once', async () => {
    const { heads, nodes, store, told, pass } = await scene()
    const ann = { userId: 'U1' } as Connection
    heads.follow(ann, 'G1', true)
    await store(1, 1)
    await store(1, 2)
    await store(2, 1)
    await store(3, 1)
    await nodes.look()
    expect([told('U1'), told('U2')]).toEqual([{ U2: 2, U1: 1 }, { U1: 2 }])
    expect(heads.digest(ann, 0)?.heads).toEqual({ U2: 2, U1: 1, G1: 1 })
    pass(4_000)
    await nodes.look()
    expect(told('U1')).toBeUndefined()
    await store(1, 3)
    await nodes.look()
    expect(told('U1')).toEqual({ U2: 3 })
  })

  test('is found although it was dated earlier than the last look, as a unit that took its time is', async () => {
    const { nodes, store, told, pass } = await scene()
    pass(60_000)
    await nodes.look()
    pass(4_000)
    await store(1, 1, 12_000)
    await nodes.look()
    expect(told('U1')).toEqual({ U2: 1 })
  })

  test('does not look as if the log had been set back, in whichever order both hear of an entry', async () => {
    const { heads, nodes, store, setBacks, told, pass } = await scene()
    const own = (seq: number) => heads.changed({ to: 'U2', people: ['U1', 'U2'], isGroup: false }, seq)
    await store(1, 1)
    await nodes.look()
    pass(2_000)
    own(1)
    await store(1, 2)
    await nodes.look()
    pass(2_000)
    own(3)
    expect([told('U1'), setBacks()]).toEqual([{ U2: 3 }, 0])
    pass(1_000)
    own(3)
    expect(setBacks()).toBe(1)
  })

  test('and an epoch that another node gave are noticed by the same look', async () => {
    const { nodes, epoch, other, renewed } = await scene()
    await other.renew()
    await nodes.look()
    expect(epoch.value).toBe(other.value)
    expect(renewed).toEqual([other.value, other.value])
  })
})

// One plugin, set up over a database of its own and called directly: for tests that ask so much that sockets would be most of
// their time.
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Plugin } from '#core'
import { sqliteKit } from '../../src/store/columns.ts'
import { openStore } from '../../src/store/open.ts'
import type { StoreOptions } from '../../src/store/options.ts'
import type { Loose } from './socket.ts'
import { quietLog, storeOptions } from './stores.ts'

/** A plugin's handlers, without the core around them: inputs are not checked. */
export interface SetUp {
  /** The ack's data. Rejects with the refusal. */
  ask(user: string, verb: string, input?: object, to?: string): Promise<Loose>
  /** Moves the clock. */
  pass(ms: number): void
  dispose(): Promise<void>
}

/** Set `plugin` up on SQLite; what it publishes goes nowhere. The database is in memory where there is a folder for that. */
export const setUp = async (plugin: Plugin, config: object, overrides: Partial<StoreOptions> = {}): Promise<SetUp> => {
  const folder = mkdtempSync(join(existsSync('/dev/shm') ? '/dev/shm' : tmpdir(), 'parley-set-up-'))
  const store = await openStore({ ...storeOptions(overrides), url: `sqlite:${join(folder, 'parley.db')}` })
  await store.migrate(plugin.id, plugin.migrations ?? [])
  let nowMs = Date.UTC(2026, 10, 20)
  let ids = 0
  const context = {
    ...{ config, store, use: {}, log: quietLog(), limits: false, production: false },
    tables: plugin.tables?.(sqliteKit),
    connections: { ofUser: () => [] },
    ...{ now: () => nowMs, monotonic: () => performance.now(), id: (prefix: string) => `${prefix}${++ids}` },
    topic: (...parts: string[]) => [plugin.id, ...parts].join('/'),
    ...{ userTopic: (user: string) => `user/${user}`, everyoneTopic: 'everyone', publish: () => {}, send: () => {} },
  }
  const behaviour: Loose = await plugin.setup(context as never)
  return {
    ask: async (user, verb, input = {}, to) => behaviour.handlers[verb](input, { userId: user, to, type: `${plugin.id}.${verb}` }),
    pass: (ms) => {
      nowMs += ms
    },
    dispose: async () => {
      await behaviour.dispose?.()
      await store.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

// What only the embedded database promises.
import { describe, expect, test } from 'bun:test'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, renameSync, rmdirSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { eq } from 'drizzle-orm'
import { openSqlite } from '../../src/runtime/bun-sqlite.ts'
import type { SqliteDatabase, SqliteStatement } from '../../src/runtime/runtime.ts'
import { testUnless } from '../support/skip.ts'
import { faultyDriver } from '../support/sqlite-faults.ts'
import { opener, sqliteFiles } from '../support/stores.ts'
import { codeOf, draft, failureOf, start } from './store-start.ts'

const open = opener('sqlite', sqliteFiles())
const pathOf = (url: string): string => url.slice('sqlite:'.length)

/** Bun's driver, and how often it has committed. */
const countingDriver = () => {
  let count = 0
  const counted = (statement: SqliteStatement): SqliteStatement => ({
    ...statement,
    run: (params) => {
      statement.run(params)
      count++
    },
  })
  const open = async (path: string, mode: 'read' | 'write'): Promise<SqliteDatabase> => {
    const db = await openSqlite(path, mode)
    return { ...db, prepare: (text) => (text === 'commit' ? counted(db.prepare(text)) : db.prepare(text)) }
  }
  return { runtime: { openSqlite: open }, commits: () => count }
}

/** A process that runs store-process.ts; resolves when it has said its pid, or ended. */
const spawn = async (url: string, what: string) => {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, 'store-process.ts'), url, what], { stdout: 'pipe', stderr: 'ignore' })
  const first = await child.stdout.getReader().read()
  return { child, said: first.value ? new TextDecoder().decode(first.value) : '' }
}

describe('a database file', () => {
  test('is made with its folder, which nobody else may read', async () => {
    const path = join(dirname(pathOf(await open.fresh())), 'new/folder/parley.db')
    await open({ url: `sqlite:${path}` })
    const modes = [dirname(path), path].map((file) => statSync(file).mode & 0o777)
    expect(modes).toEqual([0o700, 0o600])
  })

  test('is refused to a second process, with the pid of the first', async () => {
    const url = await open.fresh()
    const { child, said } = await spawn(url, 'hold')
    const error = await failureOf(open({ url }))
    expect(error).toMatchObject({ code: 'CORE_DATABASE_IN_USE' })
    expect(String(error)).toContain(`process ${said.trim()}`)
    child.kill('SIGKILL')
    await child.exited
    const { store } = await open({ url })
    expect(await store.ping(1000)).toBe(true)
  })

  test('is refused to a second store of the same process, also by another name, and stays locked', async () => {
    const { url } = await open()
    expect(await codeOf(open({ url }))).toBe('CORE_DATABASE_IN_USE')
    expect(await codeOf(open({ url: url.replace('/parley.db', '/./parley.db') }))).toBe('CORE_DATABASE_IN_USE')
    const { child, said } = await spawn(url, 'hold')
    await child.exited
    expect([said, child.exitCode]).toEqual(['', 1])
  })

  test('is as before after a kill in the middle of a migration, and can be migrated', async () => {
    const url = await open.fresh()
    const { child } = await spawn(url, 'die')
    await child.exited
    expect(child.signalCode).toBe('SIGKILL')
    const { store } = await open({ url })
    const text = 'create table demo_a (n bigint)'
    await store.migrate('demo', [{ name: '0001_init', sqlite: text, postgres: text }])
    const demo = open.kit.table('demo_a', { n: open.kit.int('n') })
    expect(await store.read.$count(demo)).toBe(0)
  })

  test('of another program is refused and left alone', async () => {
    const url = await open.fresh()
    const foreign = await openSqlite(pathOf(url), 'write')
    foreign.exec('create table theirs (a)')
    foreign.close()
    const error = await failureOf(open({ url }))
    expect(error).toMatchObject({ code: 'CORE_DATABASE_UNUSABLE' })
    expect(String(error)).toContain('another program')
    const again = await openSqlite(pathOf(url), 'read')
    expect(again.prepare('select name from sqlite_schema').values([])).toEqual([['theirs']])
    again.close()
  })

  test('that is no database, or a folder, is refused with its path', async () => {
    const url = await open.fresh()
    writeFileSync(pathOf(url), 'This is a text and not a database, although it is long enough.'.repeat(20))
    const garbage = await failureOf(open({ url }))
    expect(garbage).toMatchObject({ code: 'CORE_DATABASE_UNUSABLE' })
    expect(String(garbage)).toContain(pathOf(url))
    const folder = join(dirname(pathOf(url)), 'folder.db')
    mkdirSync(folder)
    expect(await codeOf(open({ url: `sqlite:${folder}` }))).toBe('CORE_DATABASE_UNUSABLE')
  })

  test('is refused to an SQLite that could damage it', async () => {
    const driver = faultyDriver()
    const runtime = {
      openSqlite: async (path: string, mode: 'read' | 'write') => {
        const db = await driver.openSqlite(path, mode)
        return { ...db, prepare: (text: string) => db.prepare(text.replace('sqlite_version()', `'3.51.2'`)) }
      },
    }
    const error = await failureOf(open({ runtime }))
    expect(String(error)).toContain('SQLite is 3.51.2; it must be 3.51.3 or newer')
  })

  test('is opened with the settings that keep what was acknowledged', async () => {
    const driver = faultyDriver()
    await open({ runtime: driver })
    const names = ['journal_mode', 'synchronous', 'foreign_keys', 'trusted_schema', 'mmap_size']
    const values = names.map((name) => driver.writers.at(-1)?.prepare(`pragma ${name}`).values([])[0]?.[0])
    expect(values).toEqual(['wal', 2, 1, 0, 0])
  })

  test('is asked with parameters that SQLite does not compile a statement anew for', async () => {
    const texts: string[] = []
    const runtime = {
      openSqlite: async (path: string, mode: 'read' | 'write') => {
        const db = await openSqlite(path, mode)
        const prepare = (text: string) => {
          texts.push(text)
          return db.prepare(text)
        }
        return { ...db, prepare }
      },
    }
    const { store, append, t } = await start(open, { runtime })
    await store.write((tx) => append(tx, draft('a')))
    await store.read.select().from(t.messages).where(eq(t.messages.conversation, 1)).limit(1)
    const asked = texts.filter((text) => /^(insert|select).*"test_messages"/.test(text))
    expect(asked).toHaveLength(2)
    for (const text of asked) expect(text).toMatch(/^[^?]*(\+\?[^?]*)+$/)
  })

  test('is one file again after closing', async () => {
    const { store, url, append } = await start(open)
    await store.write((tx) => append(tx, draft('a')))
    expect(existsSync(`${pathOf(url)}-wal`)).toBe(true)
    await store.close()
    expect(existsSync(`${pathOf(url)}-wal`)).toBe(false)
  })

  test('that is deleted while in use ends the process instead of taking more', async () => {
    const fatal = Promise.withResolvers<unknown>()
    const { store, url } = await open({ onFatal: fatal.resolve })
    const begun = Promise.withResolvers<void>()
    const running = store.write(() => {
      begun.resolve()
      return fatal.promise
    })
    await begun.promise
    renameSync(pathOf(url), `${pathOf(url)}.gone`)
    expect(String(await fatal.promise)).toContain('was deleted or replaced')
    expect(await codeOf(running)).toBe('CORE_STORAGE_BUSY')
    expect(await codeOf(store.write(() => 'more'))).toBe('CORE_STORAGE_BUSY')
    expect(await store.ping(1000)).toBe(false)
  })

  test('has a log that stays small however much is written', async () => {
    const { store, url, t } = await start(open)
    const bytes = new Uint8Array(1 << 20).fill(7)
    const write = (id: number) => store.write((tx) => tx.insert(t.columns).values({ id: String(id), bytes }))
    for (let at = 0; at < 80; at += 8) await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((n) => write(at + n)))
    // 8,000 pages and the group that went over them.
    expect(statSync(`${pathOf(url)}-wal`).size).toBeLessThan(45 << 20)
    expect(await store.read.$count(t.columns)).toBe(80)
  })
})

describe('group commit', () => {
  test('runs a group again when one fails, with effects once and in order', async () => {
    // In a world without time no group ends early.
    const clock = { now: () => 0, monotonic: () => 0 }
    const { store, append, all } = await start(Object.assign(() => open({ clock }), open))
    const runs: string[] = []
    const effects: string[] = []
    const unit = (client: string, fails: boolean) =>
      store.write(async (tx) => {
        runs.push(client)
        await append(tx, draft(client))
        store.afterCommit(() => effects.push(client))
        if (fails) throw new Error('no')
      })
    await Promise.allSettled([unit('a', false), unit('b', true), unit('c', false)])
    expect(runs).toEqual(['a', 'b', 'a', 'b', 'c'])
    expect(effects).toEqual(['a', 'c'])
    expect((await all()).map((row) => [row.seq, row.client])).toEqual([
      [1, 'a'],
      [2, 'c'],
    ])
  })

  test('rejects only the unit that a deferred constraint refuses at the commit', async () => {
    const { store } = await open()
    const text = `create table demo_a (n integer primary key, parent integer references demo_a (n) deferrable initially deferred)`
    await store.migrate('demo', [{ name: '0001_init', sqlite: text, postgres: text }])
    const demo = open.kit.table('demo_a', { n: open.kit.int('n'), parent: open.kit.int('parent') })
    const insert = (n: number, parent: number | null) => store.write((tx) => tx.insert(demo).values({ n, parent }))
    const outcomes = await Promise.allSettled([insert(1, null), insert(2, 99), insert(3, 1)])
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(outcomes[1]).toMatchObject({ reason: { failure: 'foreign_key' } })
    expect(await store.read.$count(demo)).toBe(2)
  })

  test('lets what a unit left running touch nothing', async () => {
    const { store, append, t } = await start(open)
    const loose = Promise.withResolvers<unknown>()
    await store.write((tx) => {
      // Nobody awaits this: when it comes to its query the unit is over.
      void Promise.resolve()
        .then(() => append(tx, draft('loose')))
        .then(loose.resolve, loose.reject)
    })
    expect(String(await failureOf(loose.promise))).toContain('has ended')
    expect(await store.read.$count(t.messages)).toBe(0)
  })

  test('waits a moment for those who are about to write again, and for nobody after one person', async () => {
    const { runtime, commits } = countingDriver()
    const { store, append } = await start(open, { runtime })
    let writes = 0
    const write = () => store.write((tx) => append(tx, draft(`${++writes}`)))
    const turns = async (count: number): Promise<void> => {
      for (let turn = 0; turn < count; turn++) await new Promise(setImmediate)
    }
    // How many commits two units take, one of which comes a few turns after the other, when so many have just been written.
    const after = async (size: number): Promise<number> => {
      await Promise.all(Array.from({ length: size }, write))
      const before = commits()
      const first = write()
      await turns(4)
      await Promise.all([first, write()])
      return commits() - before
    }
    const tries = async (size: number): Promise<number[]> => {
      const found = []
      for (let i = 0; i < 20; i++) found.push(await after(size))
      return found
    }
    expect(await tries(1)).toEqual(Array(20).fill(2))
    // On a busy machine four turns may take longer than it waits, and a large group may be cut in two, but not always.
    expect(await tries(80)).toContain(2)
    expect(await tries(10)).toContain(1)
  })

  test('waits for a lock that somebody else holds for a moment, and other things go on', async () => {
    const driver = faultyDriver()
    const { store, append, t } = await start(Object.assign(() => open({ runtime: driver }), open))
    const refused = driver.break('begin immediate', 5)
    const written = store.write((tx) => append(tx, draft('a')))
    await refused
    expect(await store.read.$count(t.messages)).toBe(0)
    driver.mend()
    expect((await written)[0]?.seq).toBe(1)
  })
})

describe('a disk that fails', () => {
  const broken = async (text: string, code: number) => {
    const driver = faultyDriver()
    const fatal: unknown[] = []
    const started = await start(Object.assign(() => open({ runtime: driver, onFatal: (error) => void fatal.push(error) }), open))
    await started.store.write((tx) => started.append(tx, draft('before')))
    void driver.break(text, code)
    return { ...started, driver, fatal }
  }

  test('at the fsync acknowledges nothing and ends the process', async () => {
    const { store, fatal, append, driver } = await broken('commit', 1034)
    const effects: string[] = []
    const units = ['a', 'b'].map((client) =>
      store.write(async (tx) => {
        await append(tx, draft(client))
        store.afterCommit(() => effects.push(client))
      }),
    )
    expect(await Promise.all(units.map(codeOf))).toEqual(['CORE_STORAGE_UNKNOWN', 'CORE_STORAGE_UNKNOWN'])
    expect(fatal).toHaveLength(1)
    expect(effects).toEqual([])
    driver.mend()
    expect(await codeOf(store.write((tx) => append(tx, draft('after'))))).toBe('CORE_STORAGE_BUSY')
  })

  test('inside a unit leaves the whole group unstored and ends the process', async () => {
    const { store, fatal, append, t } = await broken('insert into "test_messages"', 778)
    const units = ['a', 'b'].map((client) => store.write((tx) => append(tx, draft(client))))
    expect(await Promise.all(units.map(codeOf))).toEqual(['CORE_STORAGE_BUSY', 'CORE_STORAGE_BUSY'])
    expect(fatal).toHaveLength(1)
    expect(await store.read.$count(t.messages)).toBe(1)
  })
})

describe('a full disk', () => {
  /** Writes until it is refused, so that the next writes are on a disk that is really full. */
  const fill = async (write: (client: string) => Promise<unknown>): Promise<number> => {
    for (let n = 0; n < 10_000; n++) {
      const stored = await write(`fill${n}`).then(
        () => true,
        () => false,
      )
      if (!stored) return n
    }
    throw new Error('It was never full')
  }

  test('refuses every attempt while reads go on, and takes writes again when there is room', async () => {
    const driver = faultyDriver()
    const { store, append, t } = await start(Object.assign(() => open({ runtime: driver }), open))
    const write = (client: string) => store.write((tx) => append(tx, { conversation: 1, client, body: 'x'.repeat(2000) }))
    driver.writers.at(-1)?.exec('pragma max_page_count = 40')
    const stored = await fill(write)
    for (const client of ['a', 'b', 'c']) expect(await codeOf(write(client))).toBe('CORE_STORAGE_FULL')
    expect(await store.read.$count(t.messages)).toBe(stored)
    expect(await store.ping(1000)).toBe(true)
    driver.writers.at(-1)?.exec('pragma max_page_count = 4000')
    expect((await write('after'))[0]?.seq).toBe(stored + 1)
  })

  const folder = join(tmpdir(), `parley-full-disk-${process.pid}`)
  const mount = (): string | undefined => {
    if (process.getuid?.() !== 0) return 'only root can mount a small disk to fill'
    try {
      mkdirSync(folder, { recursive: true })
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder], { stdio: 'ignore' })
      execFileSync('umount', [folder], { stdio: 'ignore' })
      return undefined
    } catch {
      return 'this machine lets nobody mount a small disk to fill'
    }
  }

  testUnless(mount())('a real one behaves so too, and loses nothing that was acknowledged', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder])
    try {
      const { store, append, t } = await start(Object.assign(() => open({ url: `sqlite:${folder}/parley.db` }), open))
      writeFileSync(`${folder}/ballast`, new Uint8Array(1 << 20))
      const write = (client: string) => store.write((tx) => append(tx, { conversation: 1, client, body: 'x'.repeat(20_000) }))
      const stored = await fill(write)
      for (const client of ['a', 'b', 'c']) expect(await codeOf(write(client))).toBe('CORE_STORAGE_FULL')
      expect(await store.read.$count(t.messages)).toBe(stored)
      truncateSync(`${folder}/ballast`)
      expect((await write('after'))[0]?.seq).toBe(stored + 1)
      expect(await store.read.select().from(t.messages).where(eq(t.messages.client, 'after'))).toHaveLength(1)
      await store.close()
    } finally {
      execFileSync('umount', ['-l', folder])
      rmdirSync(folder)
    }
  })
})

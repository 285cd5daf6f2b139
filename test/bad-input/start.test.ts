// bad-input L, the real program: what keeps it from starting, how it says so, and that nothing is half done.
import { Database } from 'bun:sqlite'
import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Ended, runProgram, startProgram } from '../support/program.ts'

setDefaultTimeout(15_000)

const folders: string[] = []
const newFolder = (): string => {
  const folder = mkdtempSync(join(tmpdir(), 'parley-start-'))
  folders.push(folder)
  return folder
}
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

const secret = 'hunter2hunter2'

/** It ended by itself, said why in one paragraph with the code, and showed no inside. */
const expectRefusal = ({ code, stdout, stderr }: Ended, errorCode: string): void => {
  expect(stderr).toContain(`(${errorCode})`)
  expect(code).toBe(78)
  expect(stderr).toStartWith('parley: ')
  expect(stderr).not.toMatch(/\n\s+at /)
  expect(stdout).not.toContain('"listening"')
}

describe('L16: the command line', () => {
  test.each([[['--nonsense']], [['-x']], [['--config']], [['fly']], [['doctor', 'twice']], [['--help=yes']]])(
    '%j ends with 2 and the usage',
    async (args) => {
      const { code, stdout, stderr } = await runProgram({ args })
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toContain('parley doctor')
    },
  )

  test('--help and --version answer and end with 0', async () => {
    const [help, version] = await Promise.all([runProgram({ args: ['--help'] }), runProgram({ args: ['--version'] })])
    expect([help.code, version.code, help.stderr, version.stderr]).toEqual([0, 0, '', ''])
    expect(help.stdout).toContain('parley doctor')
    expect(version.stdout).toMatch(/^\d+\.\d+\.\d+\n$/)
  })

  test('health ends with 1 when nobody answers, and with 0 when the server is ready', async () => {
    const none = await runProgram({ args: ['health'], env: { PORT: '1' } })
    expect([none.code, none.stderr]).toEqual([1, 'parley: nobody answers at http://127.0.0.1:1\n'])
    const program = await startProgram()
    const some = await runProgram({ args: ['health'], env: { PORT: new URL(program.url).port } })
    expect([some.code, some.stdout]).toEqual([0, '{"status":"ready"}\n'])
    expect(await program.stop()).toBe(0)
  })
})

describe('L1: the settings file', () => {
  test('that somebody names must be there', async () => {
    const ended = await runProgram({ args: ['--config', './nowhere.json'] })
    expectRefusal(ended, 'CORE_BAD_CONFIG_FILE')
    expect(ended.stderr).toContain('nowhere.json')
  })

  test('that is no JSON is refused with its line, and nothing of it is repeated', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'parley.config.json'), `{\n  "settings": { "auth": { "hostSecret": ${secret} } }\n}`)
    const ended = await runProgram({ folder })
    expectRefusal(ended, 'CORE_BAD_CONFIG_FILE')
    expect(ended.stderr).toContain('line 2')
    expect(ended.stdout + ended.stderr).not.toContain(secret)
  })
})

describe('L3, L6: settings', () => {
  test('that are bad are all named at once, plugins’ too, and before a database is made', async () => {
    const folder = newFolder()
    const env = {
      PORT: 'http',
      PARLEY_LIMITS: 'perhaps',
      PARLEY_CHAT_MAX_TEXT: '-1',
      PARLEY_ROOMS_LIMIT: '1e99',
      PARLEY_ROOMS_HISTRY: '5',
      PARLEY_AUTH_HOST_SECRET: 'short',
      DATABASE_URL: `mysql://root:${secret}@db/x`,
    }
    const ended = await runProgram({ folder, env })
    expectRefusal(ended, 'CORE_BAD_SETTING')
    for (const name of Object.keys(env)) expect(ended.stderr).toContain(name)
    expect(ended.stdout + ended.stderr).not.toContain(secret)
    expect(await Array.fromAsync(new Bun.Glob('**').scan({ cwd: folder }))).toEqual([])
  })

  test.each(['changeme', 'secret', 'x'.repeat(64), ''])('L6: in production the secret %j does not do', async (text) => {
    const ended = await runProgram({ env: { NODE_ENV: 'production', PARLEY_AUTH_SECRET: text } })
    expectRefusal(ended, 'CORE_BAD_SETTING')
    expect(ended.stderr).toContain('PARLEY_AUTH_SECRET')
  })

  test('L15: a variable that the file names and nobody set is an error', async () => {
    const folder = newFolder()
    writeFileSync(join(folder, 'parley.config.json'), JSON.stringify({ host: `\${PARLEY_WHERE}` }))
    const ended = await runProgram({ folder })
    expectRefusal(ended, 'CORE_BAD_SETTING')
    expect(ended.stderr).toContain('PARLEY_WHERE')
  })
})

describe('L5: the address', () => {
  test('a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((listening) => other.once('listening', listening))
    const { port } = other.address() as { port: number }
    const ended = await runProgram({ env: { PORT: `${port}` } })
    other.close()
    expectRefusal(ended, 'CORE_CANNOT_LISTEN')
    expect(ended.stderr).toMatch(new RegExp(`127\\.0\\.0\\.1:${port}.*in use.*PORT`))
  })

  test.each(['192.0.2.1', 'no such host', '999.1.1.1'])('a host that is not here: %s', async (HOST) => {
    const ended = await runProgram({ env: { HOST } })
    expectRefusal(ended, 'CORE_CANNOT_LISTEN')
    expect(ended.stderr).toContain(HOST)
  })
})

describe('L8–L10: the database', () => {
  test.each([
    ['a folder', (folder: string) => `sqlite:${folder}`],
    ['a file that is none', (folder: string) => `sqlite:${write(folder, 'text.db', 'this is no database, '.repeat(100))}`],
    ['somebody else’s file', (folder: string) => `sqlite:${foreign(folder)}`],
    ['no path', () => 'sqlite:'],
    ['memory', () => 'sqlite::memory:'],
  ])('%s is refused and left as it is', async (_, make) => {
    const folder = newFolder()
    const url = make(folder)
    const path = url.slice('sqlite:'.length)
    const before = path.endsWith('.db') ? readFileSync(path) : undefined
    const ended = await runProgram({ env: { DATABASE_URL: url } })
    expectRefusal(ended, /CORE_DATABASE_URL/.test(ended.stderr) ? 'CORE_DATABASE_URL' : 'CORE_DATABASE_UNUSABLE')
    expect(before && readFileSync(path).equals(before)).not.toBe(false)
  })

  test('L10: one file takes one program; the second names the first', async () => {
    const program = await startProgram()
    const second = await runProgram({ folder: program.folder })
    expectRefusal(second, 'CORE_DATABASE_IN_USE')
    expect(second.stderr).toContain(`${program.pid}`)
    expect((await fetch(`${program.url}/readyz`)).status).toBe(200)
    expect(await program.stop()).toBe(0)
  })

  test('after a kill the file is free at once', async () => {
    const folder = newFolder()
    const first = await startProgram({ folder })
    first.signal('SIGKILL')
    await first.exited
    const second = await startProgram({ folder })
    expect((await fetch(`${second.url}/readyz`)).status).toBe(200)
    expect(await second.stop()).toBe(0)
  })
})

const write = (folder: string, name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

const foreign = (folder: string): string => {
  const path = join(folder, 'foreign.db')
  const db = new Database(path)
  db.run('create table notes (text text)')
  db.close()
  return path
}

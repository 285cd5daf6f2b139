import { describe, expect, test } from 'bun:test'
import { codeOf } from '../../test/support/tokens.ts'
import { commonPasswords } from './common-passwords.ts'
import { couldBePassword, Passwords, passwordProblem } from './passwords.ts'

const accepted = (password: string, login = 'ann'): boolean => passwordProblem(password, login) === undefined

describe('T17: passwords', () => {
  test('have 8–128 characters and 1,024 bytes at most', () => {
    expect(accepted('hM4!xq2')).toBe(false)
    expect(accepted('hM4!xq2p')).toBe(true)
    expect(accepted('ab'.repeat(64))).toBe(true)
    expect(accepted(`${'ab'.repeat(64)}c`)).toBe(false)
    expect(accepted('😀🙂'.repeat(64))).toBe(true)
    expect(accepted('x'.repeat(1_000_000))).toBe(false)
    expect(couldBePassword('x'.repeat(129))).toBe(false)
  })

  test('are judged as they are: spaces, NUL and unicode forms count', () => {
    for (const password of ['  lead 1', 'tail 12 ', 'nul\0inside', 'Zoe\u0308 Zoe\u0308', '密码是这八个字吗'])
      expect(accepted(password)).toBe(true)
  })

  test('that are not well-formed text are refused, because they would all hash alike', () => {
    expect(accepted('abcdefg\ud800')).toBe(false)
  })

  test('that everybody tries first are refused, in any case', () => {
    for (const password of ['password1', 'PassW0rd', 'qwertyuiop', '12345678', 'aaaaaaaa', '密密密密密密密密'])
      expect(accepted(password)).toBe(false)
  })

  test('that are the login are refused', () => {
    expect(accepted('Ann@Example.com', 'ann@example.com')).toBe(false)
  })

  test('the list of common ones holds only such as would be accepted without it', () => {
    expect(commonPasswords.size).toBeGreaterThan(200)
    for (const password of commonPasswords) {
      expect(password).toBe(password.toLowerCase())
      expect([...password].length).toBeGreaterThanOrEqual(8)
    }
  })
})

/** A hasher whose every call waits until the test lets it go. */
const slowHasher = () => {
  const running: (() => void)[] = []
  const started: string[] = []
  const wait = (what: string): Promise<void> => {
    started.push(what)
    return new Promise((resolve) => running.push(resolve))
  }
  return {
    started,
    hash: (password: string) => wait(`hash ${password}`).then(() => `$argon2id$v=19$m=64,t=2,p=1$${password}`),
    verify: (password: string, hash: string) => wait('verify').then(() => hash.endsWith(`$${password}`)),
    releaseAll: () => {
      for (const release of running.splice(0)) release()
    },
  }
}

/** One turn of everything that was ready to go on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const finish = async <T>(hasher: ReturnType<typeof slowHasher>, work: Promise<T>): Promise<T> => {
  let isDone = false
  const done = work.finally(() => {
    isDone = true
  })
  done.catch(() => {})
  while (!isDone) {
    hasher.releaseAll()
    await turn()
  }
  return done
}

describe('hashing', () => {
  test('T18: of 100 at once four run, 64 wait, and 32 are told AUTH_BUSY', async () => {
    const hasher = slowHasher()
    const passwords = new Passwords(hasher)
    const outcomes = Array.from({ length: 100 }, (_, i) => codeOf(() => passwords.hash(`p${i}`)))
    await turn()
    expect(hasher.started.length).toBe(4)
    hasher.releaseAll()
    await turn()
    expect(hasher.started.length).toBe(8)
    const codes = await finish(hasher, Promise.all(outcomes))
    expect(codes.filter((code) => code === undefined).length).toBe(68)
    expect(codes.filter((code) => code === 'AUTH_BUSY').length).toBe(32)
  })

  test('a failing hash frees its turn', async () => {
    const passwords = new Passwords({ hash: () => Promise.reject(new Error('no memory')), verify: async () => true })
    for (let i = 0; i < 10; i++) expect(await codeOf(() => passwords.hash('x'))).toBe('Error: no memory')
  })

  test('an unknown login is verified against a hash as a known one is', async () => {
    const hasher = slowHasher()
    const passwords = new Passwords(hasher)
    const known = await finish(hasher, passwords.verify('right', '$argon2id$v=19$m=64,t=2,p=1$right'))
    const before = hasher.started.length
    const wrong = await finish(hasher, passwords.verify('wrong', '$argon2id$v=19$m=64,t=2,p=1$right'))
    const unknown = await finish(hasher, passwords.verify('wrong', undefined))
    expect([known.isRight, wrong.isRight, unknown.isRight]).toEqual([true, false, false])
    expect(hasher.started.slice(before)).toEqual(['verify', 'verify'])
  })

  test('nobody has the password of the hash that stands in for unknown logins', async () => {
    const made: string[] = []
    const hash = async (password: string): Promise<string> => {
      made.push(password)
      return `$argon2id$v=19$m=64,t=2,p=1$${password}`
    }
    const passwords = new Passwords({ hash, verify: async (password, text) => text.endsWith(`$${password}`) })
    await passwords.verify('x', undefined)
    expect((await passwords.verify(made[0] ?? '', undefined)).isRight).toBe(false)
  })

  test('a right password whose hash was cheaper than today’s is hashed again', async () => {
    const hasher = { hash: async (text: string) => `$argon2id$v=19$m=64,t=2,p=1$${text}`, verify: async () => true }
    const passwords = new Passwords(hasher)
    expect(await passwords.verify('pw', '$argon2id$v=19$m=32,t=2,p=1$pw')).toEqual({
      isRight: true,
      newHash: '$argon2id$v=19$m=64,t=2,p=1$pw',
    })
    expect(await passwords.verify('pw', '$argon2id$v=19$m=64,t=2,p=1$pw')).toEqual({ isRight: true })
    expect(await passwords.verify('pw', '$argon2id$v=19$m=128,t=2,p=1$pw')).toEqual({ isRight: true })
  })
})

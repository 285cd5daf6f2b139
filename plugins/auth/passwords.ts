// Passwords: what is accepted, and how many are hashed at once. One hash takes 64 MiB and a tenth of a
// second, so a crowd has to queue, and a longer queue than people would wait in is refused.
import { Buffer } from 'node:buffer'
import { randomBytes } from 'node:crypto'
import { commonPasswords } from './common-passwords.ts'
import { errors } from './errors.ts'

/** Argon2id, as the runtime offers it. */
export interface Hasher {
  hash(password: string): Promise<string>
  verify(password: string, hash: string): Promise<boolean>
}

const atOnce = 4
const mayWait = 64

/** Why a password is refused, or `undefined` if it is accepted. It is judged as it is, never trimmed or normalised. */
export const passwordProblem = (password: string, login: string): string | undefined => {
  const length = [...password].length
  if (length < 8) return 'it needs at least 8 characters'
  if (length > 128 || Buffer.byteLength(password) > 1_024) return 'it may have 128 characters, or 1,024 bytes, at most'
  // Lone surrogates would all be hashed as the same replacement character.
  if (!password.isWellFormed()) return 'it is not well-formed text'
  const plain = password.toLowerCase()
  if (plain === login.toLowerCase()) return 'it is the same as the login'
  return commonPasswords.has(plain) || new Set(plain).size === 1 ? 'it is one of those that are tried first' : undefined
}

/** Whether a text could be anybody's password: what is longer than any is not worth hashing. */
export const couldBePassword = (text: string): boolean => [...text].length <= 128 && Buffer.byteLength(text) <= 1_024

/** Hashes and verifies: four at a time, 64 waiting, and `AUTH_BUSY` for the rest. */
export class Passwords {
  readonly #hasher: Hasher
  readonly #waiting: (() => void)[] = []
  #running = 0
  #nobodys: Promise<string> | undefined

  constructor(hasher: Hasher) {
    this.#hasher = hasher
  }

  hash(password: string): Promise<string> {
    return this.#turn(() => this.#hasher.hash(password))
  }

  /**
   * Whether `password` belongs to `hash`. Without a hash it takes the same time and says false, so that
   * nobody learns by the clock which logins exist. `newHash` is set when the right password's hash was
   * made with a lower cost than today's.
   */
  async verify(password: string, hash: string | undefined): Promise<{ isRight: boolean; newHash?: string }> {
    return this.#turn(async () => {
      const nobodys = await this.#nobodysHash()
      const isRight = (await this.#hasher.verify(password, hash ?? nobodys)) && hash !== undefined
      if (!isRight || !hash || costOf(hash) >= costOf(nobodys)) return { isRight }
      return { isRight, newHash: await this.#hasher.hash(password) }
    })
  }

  // Made at the first login rather than at start, where it would cost a tenth of a second.
  #nobodysHash(): Promise<string> {
    this.#nobodys ??= this.#hasher.hash(randomBytes(18).toString('base64url'))
    return this.#nobodys
  }

  async #turn<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running < atOnce) this.#running++
    else if (this.#waiting.length >= mayWait) throw errors.BUSY().with({ retryAfterMs: 2_000 })
    else await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      return await work()
    } finally {
      // The turn goes straight to the next in line, so that nobody can slip in between.
      const next = this.#waiting.shift()
      if (next) next()
      else this.#running--
    }
  }
}

/** Memory times passes of a PHC string: `$argon2id$v=19$m=65536,t=2,p=1$…`; 0 if it says neither. */
const costOf = (hash: string): number => {
  const [, memory = '0', passes = '0'] = /\$m=(\d+),t=(\d+)/.exec(hash) ?? []
  return Number(memory) * Number(passes)
}

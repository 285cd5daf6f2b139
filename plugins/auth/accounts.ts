// Making accounts and signing in to them. Everything that could tell a stranger more than "wrong" is the
// same for a login that does not exist and for a password that does not fit: answer, code and time.
import { type Ambient, Buckets, type Context, coreErrors, type Log } from '#core'
import { errors } from './errors.ts'
import { limits } from './limits.ts'
import { couldBePassword, type Passwords, passwordProblem } from './passwords.ts'
import type { Rights } from './rights.ts'
import type { Sessions, Tokens } from './sessions.ts'
import type { Settings } from './settings.ts'
import type { AuthStore, UserRow } from './store.ts'

/** From where somebody asks. */
export interface Origin {
  /** What limits count by: an address, or the /64 of an IPv6 one. */
  readonly ip: string
  readonly device: string
}

/** What accounts work with. */
export interface AccountOptions {
  readonly store: Pick<AuthStore, 'addUser' | 'findLogin' | 'setPasswordHash' | 'addSession'>
  readonly sessions: Pick<Sessions, 'begin'>
  readonly passwords: Passwords
  readonly rights: Pick<Rights, 'isReserved'>
  readonly settings: Pick<Settings, 'register' | 'login' | 'accountsPerMinute'> & { readonly guests: boolean }
  readonly ambient: Ambient
  readonly log: Log
  /** False: nothing is counted. */
  readonly limits: boolean
  readonly take: Context<unknown, never, never, unknown>['take']
  /** Told of everybody who signs in. */
  readonly learn: (userId: string, name: string) => void
}

/** Guests, new accounts, and logins. */
export class Accounts {
  readonly #options: AccountOptions
  readonly #newAccounts: Buckets

  constructor(options: AccountOptions) {
    this.#options = options
    const perMinute = options.settings.accountsPerMinute
    this.#newAccounts = new Buckets(perMinute / 60, perMinute)
  }

  /** Let a guest in. Throws `AUTH_GUESTS_OFF`, `CORE_RATE_LIMITED`. */
  async guest(name: string, from: Origin): Promise<Tokens> {
    if (!this.#options.settings.guests) throw errors.GUESTS_OFF()
    this.#countNew(from)
    return this.#add({ name, login: null, passwordHash: null }, from)
  }

  /** Make an account. Throws `AUTH_REGISTER_OFF`, `AUTH_WEAK_PASSWORD`, `AUTH_LOGIN_TAKEN`, `AUTH_BUSY`, `CORE_RATE_LIMITED`. */
  async register({ login, password, name }: { login: string; password: string; name: string }, from: Origin): Promise<Tokens> {
    if (!this.#options.settings.register) throw errors.REGISTER_OFF()
    const reason = passwordProblem(password, login)
    if (reason !== undefined) throw errors.WEAK_PASSWORD({ reason }).with({ path: '/password' })
    this.#countNew(from)
    if (this.#options.rights.isReserved(login)) throw errors.LOGIN_TAKEN().with({ path: '/login' })
    return this.#add({ name, login, passwordHash: await this.#options.passwords.hash(password) }, from)
  }

  /** Sign in. Throws `AUTH_LOGIN_OFF`, `AUTH_WRONG_LOGIN`, `AUTH_DISABLED`, `AUTH_BUSY`, `CORE_RATE_LIMITED`. */
  async login({ login, password }: { login: string; password: string }, from: Origin): Promise<Tokens> {
    const { store, passwords, settings, sessions, take } = this.#options
    if (!settings.login) throw errors.LOGIN_OFF()
    this.#check(take(limits.addressLogins, from.ip), from)
    this.#check(take(limits.logins, login), from)
    const user = await store.findLogin(login)
    const { isRight, newHash } = couldBePassword(password)
      ? await passwords.verify(password, user?.passwordHash ?? undefined)
      : { isRight: false }
    if (!user || !isRight) {
      this.#options.log.warn({ event: 'auth.login.failed', user: user?.id, ip: from.ip }, 'a login failed')
      throw errors.WRONG_LOGIN()
    }
    if (newHash !== undefined) await store.setPasswordHash(user.id, newHash)
    const { row, tokens } = sessions.begin(user, from.device)
    // It may have been disabled while the password was looked at.
    if (!(await store.addSession(row))) throw errors.DISABLED()
    this.#signedIn('auth.login', user, row.id, from)
    return tokens
  }

  async #add(account: Pick<UserRow, 'name' | 'login' | 'passwordHash'>, from: Origin): Promise<Tokens> {
    const { store, sessions, ambient } = this.#options
    const nobody = { issuer: null, subject: null, state: null, scope: null, changedAt: null, createdAt: new Date(ambient.now()) }
    const user: UserRow = { id: ambient.id('U'), guest: account.login === null, ...account, ...nobody }
    const { row, tokens } = sessions.begin(user, from.device)
    if (!(await store.addUser(user, row))) throw errors.LOGIN_TAKEN().with({ path: '/login' })
    this.#signedIn(user.guest ? 'auth.guest' : 'auth.register', user, row.id, from)
    return tokens
  }

  #signedIn(event: string, { id, name }: UserRow, session: string, { ip }: Origin): void {
    this.#options.learn(id, name)
    this.#options.log.info({ event, user: id, session, ip }, 'signed in')
  }

  #countNew(from: Origin): void {
    const { limits: isOn, ambient } = this.#options
    if (isOn) this.#check(this.#newAccounts.take(from.ip, ambient.monotonic()), from)
  }

  #check(retryAfterMs: number, { ip }: Origin): void {
    if (retryAfterMs === 0) return
    this.#options.log.warn({ event: 'auth.limited', ip }, 'too many attempts')
    throw coreErrors.RATE_LIMITED().with({ retryAfterMs })
  }
}

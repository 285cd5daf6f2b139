// What whoever runs the server may do with people, and people with their own names. An administrator is somebody whose
// token has the scope `auth.admin`, and who still has it in the transaction that writes.
import { type Ambient, coreErrors, type Identity, type Log } from '#core'
import { errors } from './errors.ts'
import type { Revocations } from './revocations.ts'
import type { Rights } from './rights.ts'
import type { Standing } from './standing.ts'
import { type AuthStore, isBarred, type UserRow } from './store.ts'

/** What the routes for administrators want to see in a token. */
export const adminScope = 'auth.admin'
/** The name of everybody who was deleted. */
export const deletedName = 'Deleted user'
/** People that one search looks through. */
export const searched = 2_000

export const states = ['active', 'disabled', 'deleted'] as const
/** What may become of an account. */
export type State = (typeof states)[number]

/** A person as administrators see them. */
export interface PersonInfo {
  readonly id: string
  readonly name: string
  readonly login: string | null
  /** Whom a host application's tokens name. */
  readonly host: { readonly issuer: string; readonly subject: string } | null
  readonly guest: boolean
  readonly state: State
  readonly scope: readonly string[]
  /** RFC 3339. */
  readonly createdAt: string
}

/** Which people are asked for. */
export interface Asked {
  /** The id after which to begin. */
  readonly after?: string | undefined
  readonly limit: number
  /** An id, or a part of a name, login or subject, in whatever case. */
  readonly query?: string | undefined
}

/** What is wanted of people. */
export interface Wanted {
  readonly state?: State | undefined
  readonly scope?: readonly string[] | undefined
}

/** What this works with. */
export interface PeopleOptions {
  readonly store: Pick<AuthStore, 'changeUser' | 'usersAfter'>
  readonly rights: Rights
  readonly standing: Pick<Standing, 'learn'>
  readonly revocations: Pick<Revocations, 'add'>
  /** Tell all devices of a user about the new name. */
  readonly announce: (userId: string, name: string) => void
  readonly now: Ambient['now']
  readonly log: Log
}

/** The people of this server. */
export class People {
  readonly #options: PeopleOptions

  constructor(options: PeopleOptions) {
    this.#options = options
  }

  /** People by id; `next` is where the next page begins, absent after the last. A search may give an empty page before that. */
  async list({ after = '', limit, query }: Asked): Promise<{ users: PersonInfo[]; next?: string }> {
    const { store, rights } = this.#options
    const window = query === undefined ? limit : searched
    const rows = await store.usersAfter(after, window + 1)
    const fits = matcher(query)
    const users: PersonInfo[] = []
    let next: string | undefined
    for (const row of rows.slice(0, window)) {
      if (users.length === limit) break
      if (fits(row)) users.push(describe(row, rights))
      next = row.id
    }
    return next === undefined || next === rows.at(-1)?.id ? { users } : { users, next }
  }

  /**
   * Disable, enable or delete people, or give them other scopes; returns those that were otherwise. What is deleted stays
   * so, and only accounts have scopes. Throws `AUTH_ONESELF`, `AUTH_NAMED_ADMIN`, and `CORE_FORBIDDEN` for an
   * administrator who is none any more.
   */
  async put(by: Identity, ids: readonly string[], wanted: Wanted): Promise<string[]> {
    if (ids.includes(by.userId)) throw errors.ONESELF()
    if (ids.some((id) => this.#options.rights.isNamed(id))) throw errors.NAMED_ADMIN()
    const changed: string[] = []
    for (const id of new Set(ids)) if (await this.#putOne(by, id, wanted)) changed.push(id)
    return changed
  }

  /** Give oneself another name. Throws `AUTH_HOST_NAME` for a host application's users. */
  async rename(userId: string, name: string): Promise<UserRow> {
    const { store, standing, announce, now, log } = this.#options
    const { user, before } = await store.changeUser({ id: userId, now: new Date(now()) }, (found) => {
      // A genuine token of somebody whom this database has never seen, e.g. after it was restored from a backup.
      if (!found) throw coreErrors.BAD_TOKEN()
      if (isBarred(found)) throw errors.DISABLED()
      if (found.issuer !== null) throw errors.HOST_NAME()
      return found.name === name ? undefined : { name }
    })
    if (!user) throw coreErrors.BAD_TOKEN()
    if (before?.name === name) return user
    standing.learn(user)
    announce(userId, name)
    log.info({ event: 'auth.renamed', user: userId }, 'somebody has another name')
    return user
  }

  async #putOne(by: Identity, id: string, wanted: Wanted): Promise<boolean> {
    const { store, rights, standing, revocations, now, log } = this.#options
    const at = new Date(now())
    const { user, before, ended } = await store.changeUser({ id, by: by.userId, now: at }, (found, operator) => {
      if (!operator || !isAdministrator(operator, rights)) throw coreErrors.FORBIDDEN()
      return found && changeOf(found, wanted)
    })
    if (!user || user === before) return false
    standing.learn(user)
    for (const session of ended) revocations.add({ id: session, atMs: at.getTime() })
    log.info(
      { event: 'auth.changed', user: id, by: by.userId, state: stateOf(user), scope: rights.of(user) },
      'an administrator changed an account',
    )
    return true
  }
}

const stateOf = ({ state }: Pick<UserRow, 'state'>): State => states.find((known) => known === state) ?? 'active'

// A host application's token says what its user may do; the route has read it.
const isAdministrator = (user: UserRow, rights: Rights): boolean =>
  !isBarred(user) && (user.issuer !== null || rights.of(user).includes(adminScope))

const changeOf = (user: UserRow, { state, scope }: Wanted): Partial<UserRow> | undefined => {
  const now = stateOf(user)
  if (now === 'deleted') return undefined
  // What says who it was goes. Of a host's user the subject stays, or the next token would bring them back.
  if (state === 'deleted') return { state, name: deletedName, login: null, passwordHash: null, scope: null }
  const words = [...new Set(scope ?? [])].sort().join(' ')
  const change: Partial<UserRow> = {
    ...(state !== undefined && state !== now && { state: state === 'active' ? null : state }),
    ...(scope !== undefined && user.login !== null && words !== (user.scope ?? '') && { scope: words }),
  }
  return Object.keys(change).length > 0 ? change : undefined
}

// In the program, not in the database: upper and lower case are then the same on both, in all scripts.
const matcher = (query: string | undefined): ((user: UserRow) => boolean) => {
  if (query === undefined) return () => true
  const wanted = fold(query)
  return ({ id, name, login, subject }) =>
    id === query || [name, login, subject].some((text) => text !== null && fold(text).includes(wanted))
}

const fold = (text: string): string => text.normalize('NFC').toLowerCase()

const describe = (user: UserRow, rights: Rights): PersonInfo => {
  const { id, name, login, guest, issuer, subject, createdAt } = user
  const host = issuer === null ? null : { issuer, subject: subject ?? '' }
  return { id, name, login, host, guest, state: stateOf(user), scope: rights.of(user), createdAt: createdAt.toISOString() }
}

// What people may do beyond the ordinary. An account's scopes stand in its row; whom the operator names in a setting has
// all that administrators have, whatever the row says. A host application's users bring theirs in their tokens.
import type { Log } from '#core'
import type { AuthStore, UserRow } from './store.ts'

/** What whoever is named in `PARLEY_AUTH_ADMINS` may do. */
export const adminScopes: readonly string[] = ['auth.admin', 'calls.admin', 'chat.admin', 'rooms.admin', 'rooms.broadcast']

/** One word of a scope: a plugin, a dot, a name. */
export const scopePattern = /^[a-z][a-z0-9-]{0,30}\.[a-z][a-z0-9-]{0,30}$/
export const userIdPattern = /^U\d{1,19}$/

/** Who may do what. */
export class Rights {
  readonly #named: ReadonlySet<string>
  readonly #reserved: ReadonlySet<string>

  /** `named`: ids of administrators by setting; `reserved`: logins in the setting that nobody has. */
  constructor(named: ReadonlySet<string>, reserved: ReadonlySet<string>) {
    this.#named = named
    this.#reserved = reserved
  }

  /** Whether the operator named this user an administrator. */
  isNamed(userId: string): boolean {
    return this.#named.has(userId)
  }

  /** Whether nobody may register this login: it would be an administrator's at the next start. */
  isReserved(login: string): boolean {
    return this.#reserved.has(login)
  }

  /** The scopes of a user of our own. */
  of({ id, scope }: Pick<UserRow, 'id' | 'scope'>): readonly string[] {
    return this.with(id, scope ? scope.split(' ') : [])
  }

  /** `scope`, and what the operator gave this user beside it. */
  with(userId: string, scope: readonly string[]): readonly string[] {
    return this.#named.has(userId) ? [...new Set([...scope, ...adminScopes])].sort() : scope
  }
}

/** Look up whom the setting names, by login or id. Rejects if the database does. */
export const readRights = async (
  admins: readonly string[],
  store: Pick<AuthStore, 'findUser' | 'findLogin'>,
  log: Log,
): Promise<Rights> => {
  const named = new Set<string>()
  const reserved = new Set<string>()
  for (const admin of admins) {
    const isId = userIdPattern.test(admin)
    const user = await (isId ? store.findUser(admin) : store.findLogin(admin.toLowerCase()))
    if (user) named.add(user.id)
    else if (!isId) reserved.add(admin.toLowerCase())
  }
  // How many and not which: a login may be an address.
  if (named.size < admins.length) {
    log.warn(
      { missing: admins.length - named.size },
      'PARLEY_AUTH_ADMINS names accounts that do not exist; make them before they are named',
    )
  }
  return new Rights(named, reserved)
}

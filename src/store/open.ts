import { core } from '../errors.ts'
import type { StoreOptions } from './options.ts'
import type { Store } from './store.ts'

/**
 * Open the database that `url` names: `sqlite:./data/parley.db` (made if absent, with its folder) or
 * `postgres://…`. Each driver is loaded only when it is used.
 * Throws `CORE_DATABASE_URL`, `CORE_DATABASE_IN_USE`, `CORE_DATABASE_UNUSABLE`.
 */
export const openStore = async (options: StoreOptions & { readonly url: string }): Promise<Store> => {
  const { url } = options
  if (url.startsWith('sqlite:')) {
    const { openSqliteStore } = await import('./sqlite.ts')
    return openSqliteStore(sqlitePath(url), options)
  }
  if (/^postgres(ql)?:/.test(url)) {
    if (!URL.canParse(url)) throw core.DATABASE_URL({ reason: 'this is no URL' })
    const { openPostgresStore } = await import('./postgres-open.ts')
    return openPostgresStore(url, options)
  }
  throw core.DATABASE_URL({ reason: `${url.split(':', 1)[0]} is not supported` })
}

/** The file that an `sqlite:` URL names. Throws `CORE_DATABASE_URL`. */
export const sqlitePath = (url: string): string => {
  const path = url.slice('sqlite:'.length).replace(/^\/\/(?=\/)/, '')
  if (path === '' || path.startsWith(':')) throw core.DATABASE_URL({ reason: 'the path is missing' })
  return path
}

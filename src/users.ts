// The directory of users. The core knows users only by id; a plugin that keeps accounts provides this, and without one
// every well-formed id counts as a user. Its token stands here, so that those who ask need no plugin to be there.
import { defineService } from './service.ts'

/** One person as others see them. */
export interface User {
  /** `U` and a snowflake. */
  readonly id: string
  /** Display name, 1–40 characters. */
  readonly name: string
}

/**
 * The people who have an account here, guests and users of a host application included.
 *
 * Answers come from memory where they can. All of them reject with `CORE_STORAGE_BUSY` and the like when
 * the database has to be asked and does not answer, and with `CORE_SHUTTING_DOWN` after shutdown.
 */
export interface Users {
  /** One user, or `undefined` if there is none with this id. A changed name shows within a minute. */
  find(id: string): Promise<User | undefined>
  /** Names by id, as `find` tells them; ids of nobody are left out. Any number of ids, repeats allowed. */
  names(ids: readonly string[]): Promise<Map<string, string>>
  /**
   * Whether there is such a user. Made for hot paths: a plain `true` for whoever was seen lately, a promise
   * where the database has to be asked. Nobody ceases to exist, so a `true` stays true.
   */
  exists(id: string): boolean | Promise<boolean>
}

/** The token under which a plugin provides the directory. At most one may. */
export const Users = defineService<Users>('core.users')

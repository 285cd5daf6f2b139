import { limit } from '#core'

// In memory, per node: with two nodes an attacker gets twice as many tries, which does not change what guessing a
// password takes.
/** How often somebody may try a password, or a refresh token, take another name, and administer. */
export const limits = {
  /** Per login name, from wherever. */
  logins: limit({ by: 'key', count: 5 }),
  /** Per address, for whatever login. */
  addressLogins: limit({ by: 'address', count: 20 }),
  /** Every page that is opened trades a token in, and an office has one address: more than strangers get. */
  refreshes: limit({ by: 'address', count: 120 }),
  names: limit({ by: 'user', count: 10 }),
  administration: limit({ by: 'user', count: 120 }),
}

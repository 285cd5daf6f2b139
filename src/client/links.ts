// What the parts of one conversation speak through.
import type { Clock } from './environment.ts'
import type { Persistence } from './persistence.ts'
import type { Requests } from './requests.ts'

/** What a thread speaks through. */
export interface ThreadLinks {
  readonly persistence: Persistence
  readonly requests: Requests
  readonly clock: Clock
}

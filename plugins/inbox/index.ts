import { eq } from 'drizzle-orm'
import * as v from 'valibot'
import { definePlugin, Inbox, type Store } from '#core'
import { Answers } from './answer.ts'
import { ChangeLog } from './log.ts'
import { messages } from './messages.ts'
import { migrations } from './migrations/index.ts'
import { type Tables, tables } from './tables.ts'

const whole = (min: number, max: number) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))

/** What has changed for each person, for devices that come back. */
export const inbox = definePlugin({
  id: 'inbox',
  config: v.object({
    /** Characters that the data of one answer may have. Above half a megabyte a slow reader cannot be given it at once. */
    pageLength: v.optional(whole(1_024, 524_288), 65_536),
    /** Users and things kept in mind, so that changes nobody was told of are not written again. */
    remember: v.optional(whole(0, 10_000_000), 200_000),
  }),
  messages,
  tables,
  migrations,
  provides: { inbox: Inbox },
  async setup({ config: { pageLength, remember }, store, tables: t, restored }) {
    const log = new ChangeLog({ store, tables: t, remember })
    const answers = new Answers({ log, epoch: await epochOf(store, t, restored), pageLength })
    return {
      handlers: { sync: ({ now, since, limit }, { userId }) => (now ? answers.now(userId) : answers.answer(userId, since, limit)) },
      services: { inbox: createService(log, answers) },
    }
  },
})

const createService = (log: ChangeLog, answers: Answers): Inbox => ({
  touch: (tx, users, kind, key) => {
    // Nobody would ever be shown it.
    if (!answers.knows(kind)) throw new Error(`Nobody describes entries of the kind ${kind}`)
    return log.touch(tx, users, kind, key)
  },
  describe: (kind, describe) => answers.describe(kind, describe),
})

// A database that was put back to an earlier state has given no device the positions that it will give next.
const epochOf = (store: Store, { epochs }: Tables, restored: boolean): Promise<string> =>
  store.write(async (tx) => {
    const epoch = crypto.randomUUID().replaceAll('-', '')
    const insert = tx.insert(epochs).values({ id: 1, epoch })
    await (restored ? insert.onConflictDoUpdate({ target: epochs.id, set: { epoch } }) : insert.onConflictDoNothing())
    const [row] = await tx.select().from(epochs).where(eq(epochs.id, 1))
    return row?.epoch ?? epoch
  })

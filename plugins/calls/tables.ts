import type { Kit } from '#core'
import type { Call } from './call.ts'
import type { Report } from './messages.ts'

export const tables = (k: Kit) => ({
  // One row per call. `state` is the whole of it; the other columns are what is looked for.
  calls: k.table(
    'calls_calls',
    {
      id: k.id().primaryKey(),
      caller: k.text('caller').notNull(),
      clientId: k.text('client_id').notNull(),
      /** The callee or the group, as the caller named them. */
      to: k.text('callee').notNull(),
      isOpen: k.bool('is_open').notNull(),
      state: k.json<Call>('state').notNull(),
      /** Where its entry in the conversation is; none if there is no chat. */
      entry: k.int('entry'),
    },
    (t) => [k.unique('calls_calls_client').on(t.caller, t.clientId), k.index('calls_calls_open').on(t.isOpen, t.to)],
  ),
  // One row per call and person, for each person's own list.
  people: k.table(
    'calls_people',
    {
      user: k.text('user').notNull(),
      call: k.text('call').notNull(),
      startedAt: k.time('started_at').notNull(),
      isOpen: k.bool('is_open').notNull(),
    },
    (t) => [
      k.primaryKey({ name: 'calls_people_pair', columns: [t.user, t.call] }),
      k.index('calls_people_list').on(t.user, t.startedAt),
      k.index('calls_people_open').on(t.isOpen, t.user),
    ],
  ),
  reports: k.table(
    'calls_reports',
    {
      call: k.text('call').notNull(),
      user: k.text('user').notNull(),
      device: k.text('device').notNull(),
      report: k.json<Pick<Report, 'verdict' | 'pairs'>>('report').notNull(),
      time: k.time('time').notNull(),
    },
    (t) => [k.primaryKey({ name: 'calls_reports_one', columns: [t.call, t.user, t.device] }), k.index('calls_reports_time').on(t.time)],
  ),
})

export type Tables = ReturnType<typeof tables>

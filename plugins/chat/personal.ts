// What one person wants of a conversation: to be left in peace by it, to have it on top or out of sight, a draft, and what
// they do not want to see any more. Only their own devices ever hear of it: by an event now, through the inbox later.
import { and, eq, inArray, isNull, lt, or, sql } from 'drizzle-orm'
import type { Context, Db, Handlers, Inbox, Store, Users } from '#core'
import { otherOf } from './conversations.ts'
import { errors } from './errors.ts'
import { kinds, type Log } from './log.ts'
import type { events, messages, Wishes } from './messages.ts'
import { type Places, placeKey } from './places.ts'
import type { MemberRow, Rosters } from './rosters.ts'
import type { Tables } from './tables.ts'
import { checkDraft } from './text.ts'
import { isWithin, type View, type Views } from './views.ts'

type Wiring = Pick<Context<unknown, typeof events, Record<never, never>, unknown>, 'publish' | 'userTopic' | 'now'>

/** What personal settings need. */
export interface PersonalOptions extends Wiring {
  readonly store: Store
  readonly tables: Tables
  readonly log: Log
  readonly places: Places
  readonly rosters: Rosters
  readonly views: Views
  readonly users: Users | undefined
  readonly inbox: Inbox | undefined
}

/** The inbox kind of a message that the person has hidden; its key is the conversation's, a space and the position. */
export const hiddenKind = 'chat-hidden'

/** Postgres has no later day that JavaScript can write in RFC 3339. */
const forever = new Date('9999-12-31T23:59:59.999Z')

type Names = 'personalize' | 'draft' | 'hide' | 'clear'
interface Settings {
  /** For ever, not at all, or until when. */
  readonly mute?: boolean | Date | undefined
  readonly pin?: boolean | undefined
  readonly archive?: boolean | undefined
  readonly marked?: boolean | undefined
}
interface Draft {
  readonly text: string
  readonly time: Date
  readonly reply?: number | undefined
}

/** Keeps what each person wants. */
export class Personal {
  readonly #options: PersonalOptions

  constructor(options: PersonalOptions) {
    this.#options = options
  }

  handlers(): Pick<Handlers<typeof messages>, Names> {
    return {
      personalize: (wanted, { userId, to }) => this.#personalize(userId, to, wanted),
      draft: async ({ text, time, reply }, { userId, to }) => ({
        draft: await this.#draft(userId, to, { text: checkDraft(text), time, reply }),
      }),
      hide: ({ targets }, { userId, to }) => this.#hide(userId, to, targets),
      clear: ({ seq }, { userId, to }) => this.#clear(userId, to, seq),
    }
  }

  /** Inside a unit with the conversation's key: what was written up to `time` has been sent. */
  async sent(tx: Db, { user, to, conversation }: { user: string; to: string; conversation: number }, time: Date): Promise<void> {
    const { publish, userTopic } = this.#options
    const written = await this.#write(tx, user, conversation, { text: '', time: this.#past(time) })
    if (written) publish(userTopic(user), 'drafted', { draft: null }, { from: user, to })
  }

  /** Which of the hidden messages with these keys are still hidden, for the inbox. */
  async describe(user: string, keys: readonly string[]): Promise<ReadonlyMap<string, { to: string; target: number }>> {
    const { store, views, tables } = this.#options
    const { hidden } = tables
    const found = new Map<string, { to: string; target: number }>()
    for (const [place, those] of Map.groupBy(keys, (key) => key.slice(0, key.lastIndexOf(' ')))) {
      const to = otherOf(place, user)
      const view = await views.of(store.read, user, to)
      const wanted = those.map((key) => Number(key.slice(place.length + 1)))
      const mine = and(eq(hidden.user, user), eq(hidden.conversation, view?.conversation ?? 0), inArray(hidden.seq, wanted))
      const rows = await store.read.select({ seq: hidden.seq }).from(hidden).where(mine)
      for (const { seq } of rows) found.set(`${place} ${seq}`, { to, target: seq })
    }
    return found
  }

  #personalize(user: string, to: string, { mute, pin, archive, marked }: Settings): Promise<Wishes> {
    const now = new Date(this.#options.now())
    const change = {
      ...(mute !== undefined && { silentUntil: silence(mute) }),
      ...(pin !== undefined && { pinnedAt: pin ? now : null }),
      ...(archive !== undefined && { archivedAt: archive ? now : null }),
      ...(marked !== undefined && { isMarked: marked }),
    }
    return this.#act(user, to, async (tx, { conversation }) => {
      const { rosters, publish, userTopic } = this.#options
      if (Object.keys(change).length > 0) await rosters.mark(tx, { user, conversation }, change)
      const member = await rosters.member(tx, conversation, user)
      const wishes = member ? wishesOf(member, now.getTime()) : {}
      publish(userTopic(user), 'personalized', wishes, { from: user, to })
      return wishes
    })
  }

  #draft(user: string, to: string, draft: Draft) {
    return this.#act(user, to, async (tx, { conversation }) => {
      const { rosters, publish, userTopic } = this.#options
      const written = await this.#write(tx, user, conversation, { ...draft, time: this.#past(draft.time) })
      const member = await rosters.member(tx, conversation, user)
      const now = (member && draftOf(member)) ?? null
      if (written) publish(userTopic(user), 'drafted', { draft: now }, { from: user, to })
      return now
    })
  }

  // A clock that runs ahead must not keep every later draft out.
  #past(time: Date): Date {
    return new Date(Math.min(time.getTime(), this.#options.now()))
  }

  // The last one wins, whichever comes last; one from before the last sending was sent with it.
  async #write(tx: Db, user: string, conversation: number, { text, time, reply }: Draft): Promise<boolean> {
    const { members } = this.#options.tables
    const mine = and(eq(members.user, user), eq(members.conversation, conversation))
    const isNewer = text === '' ? sql`${members.draftAt} <= ${sql.param(time, members.draftAt)}` : lt(members.draftAt, time)
    const written = await tx
      .update(members)
      .set({ draft: text, draftReply: reply ?? null, draftAt: time })
      .where(and(mine, or(isNull(members.draftAt), isNewer)))
      .returning({ user: members.user })
    return written.length > 0
  }

  #hide(user: string, to: string, targets: readonly number[]): Promise<Record<never, never>> {
    const refuse = (): never => {
      throw errors.NO_SUCH_MESSAGE().with({ path: '/data/targets' })
    }
    const hide = async (tx: Db, view: View) => {
      const { log, tables, inbox, publish, userTopic } = this.#options
      const { conversation } = view
      const rows = (await log.at(tx, conversation, targets)).filter(({ kind, seq }) => kind === kinds.message && isWithin(view, seq))
      if (rows.length < new Set(targets).size) refuse()
      const fresh = rows.map(({ seq }) => ({ user, conversation, seq }))
      const made = await tx.insert(tables.hidden).values(fresh).onConflictDoNothing().returning({ seq: tables.hidden.seq })
      for (const { seq } of made) await inbox?.touch(tx, [user], hiddenKind, `${placeKey(user, to)} ${seq}`)
      if (made.length > 0) {
        await inbox?.touch(tx, [user], 'chat', placeKey(user, to))
        publish(userTopic(user), 'hidden', { targets: made.map(({ seq }) => seq).sort((a, b) => a - b) }, { from: user, to })
      }
      return {}
    }
    return this.#see(user, to, hide, refuse)
  }

  #clear(user: string, to: string, upTo: number | undefined): Promise<{ cleared: number }> {
    const clear = async (tx: Db, { conversation, member, ceiling }: View) => {
      const { log, rosters, inbox, publish, userTopic, now } = this.#options
      const head = await log.head(tx, conversation)
      const cleared = Math.max(member.cleared, Math.min(upTo ?? head, head, ceiling ?? head))
      const { draft, pinnedAt, archivedAt, isMarked } = member
      if (cleared === member.cleared && !draft && !pinnedAt && !archivedAt && !isMarked) return { cleared }
      const away = { pinnedAt: null, archivedAt: null, isMarked: false }
      const ended = draft ? { draft: '', draftReply: null, draftAt: new Date(now()) } : {}
      await inbox?.touch(tx, [user], 'chat', placeKey(user, to))
      await rosters.mark(tx, member, { cleared, ...away, ...ended })
      publish(userTopic(user), 'cleared', { cleared }, { from: user, to })
      return { cleared }
    }
    return this.#see(user, to, clear, () => ({ cleared: 0 }))
  }

  /** One unit of somebody who is in the conversation; a direct one opens. */
  #act<T>(user: string, to: string, act: (tx: Db, place: { readonly conversation: number }) => Promise<T>): Promise<T> {
    const { store, places, users, inbox } = this.#options
    return store.write(
      async (tx) => {
        if (!to.startsWith('G') && !((await users?.exists(to)) ?? true)) throw errors.NO_SUCH_USER().with({ path: '/to' })
        const place = await places.enter(tx, user, to)
        await inbox?.touch(tx, [user], 'chat', placeKey(user, to))
        return act(tx, place)
      },
      { serial: `chat/${placeKey(user, to)}` },
    )
  }

  /**
   * One unit of somebody who may read there, also after leaving. `absent` is the answer for two people between whom nothing is:
   * the same as where one of them has only prepared something, so that the other does not learn of it.
   */
  #see<T>(user: string, to: string, act: (tx: Db, view: View) => Promise<T>, absent: () => T): Promise<T> {
    const { store, views } = this.#options
    return store.write(
      async (tx) => {
        const view = await views.of(tx, user, to)
        if (view) return act(tx, view)
        if (to.startsWith('G')) throw errors.NO_SUCH_CONVERSATION().with({ path: '/to' })
        return absent()
      },
      { serial: `chat/${placeKey(user, to)}` },
    )
  }
}

const silence = (mute: boolean | Date): Date | null => {
  if (mute === false) return null
  return mute === true ? forever : mute
}

const draftOf = ({ draft, draftReply, draftAt }: MemberRow): NonNullable<Wishes['draft']> | undefined =>
  draft && draftAt ? { text: draft, time: draftAt.toISOString(), ...(draftReply !== null && { reply: draftReply }) } : undefined

/** What the person wants of the conversation; what is not so is absent. */
export const wishesOf = (member: MemberRow, now: number): Wishes => {
  const { silentUntil, pinnedAt, archivedAt, isMarked } = member
  const draft = draftOf(member)
  const isSilent = silentUntil !== null && silentUntil.getTime() > now
  return {
    ...(isSilent && { mute: silentUntil.getTime() >= forever.getTime() ? (true as const) : silentUntil.toISOString() }),
    ...(pinnedAt && { pin: true as const }),
    ...(archivedAt && { archive: true as const }),
    ...(isMarked && { marked: true as const }),
    ...(draft && { draft }),
  }
}

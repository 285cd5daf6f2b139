// A group as PROTOCOL.md tells it, in memory, with nothing clever about it; and random things that people do to one.
import fc from 'fast-check'

export const people = ['U1', 'U2', 'U3', 'U4', 'U5'] as const
/** People one group takes, and links. */
export const limits = { size: 4, links: 2 } as const

// How often each is meant to happen; the end of a group seldom.
const verbs = [
  ...(['send', 'join', 'join', 'join', 'withdraw', 'admit', 'admit', 'reject', 'link', 'link', 'enter', 'enter', 'revoke'] as const),
  ...(['invite', 'kick', 'ban', 'unban', 'leave', 'promote', 'promote', 'change', 'pass'] as const),
]
const person = fc.constantFrom(...people)
const rules = {
  joining: fc.constantFrom('open', 'approval', 'approval', 'invite'),
  inviting: fc.constantFrom('members', 'admins'),
  history: fc.constantFrom('all', 'joined'),
}

/** How a group begins. */
export interface Draft extends Rules {
  readonly actor: string
  readonly users: readonly string[]
}

interface Rules {
  readonly joining: string
  readonly inviting: string
  readonly history: string
}

/** One thing that one person does; which fields count depends on the verb. */
export interface Command {
  readonly verb: (typeof verbs)[number] | 'dismiss'
  /** A person; or `apt`: somebody who is not in it, to come in, and for everything else its owner. */
  readonly actor: string
  /** Whom it concerns; `promote` the first of them. */
  readonly users: readonly string[]
  readonly role: 'owner' | 'admin' | 'member'
  readonly rules: Partial<Rules>
  /** Which of the links that were made; `uses` 0 means any number. */
  readonly link: number
  readonly uses: number
  readonly expires: boolean
}

export const drafts: fc.Arbitrary<Draft> = fc.record({
  actor: person,
  users: fc.subarray([...people], { minLength: 1, maxLength: limits.size - 1 }),
  ...rules,
})

// Without fast-check's liking for what stands first and last, which are verbs like any other here.
export const commands: fc.Arbitrary<readonly Command[]> = fc.array(
  fc.noBias(
    fc.record({
      verb: fc.constantFrom(...verbs, ...verbs, 'dismiss' as const),
      actor: fc.oneof(person, fc.constant('apt')),
      users: fc.oneof(fc.subarray([...people], { minLength: 3 }), fc.tuple(person)),
      role: fc.constantFrom('owner', 'admin', 'member'),
      rules: fc.record(rules, { requiredKeys: ['joining'] }),
      link: fc.nat(1),
      uses: fc.nat(2),
      expires: fc.boolean(),
    }),
  ),
  { minLength: 6, maxLength: 14, size: 'max' },
)

interface Member {
  role: 'owner' | 'admin' | 'member'
  since: number
  until: number | undefined
}

interface Link {
  readonly maker: string
  readonly uses: number
  readonly endsAt: number
  used: number
  isGone: boolean
}

const ranks = { member: 0, admin: 1, owner: 2 } as const
const absent = 'CHAT_NO_SUCH_CONVERSATION'
const refused = 'CHAT_NOT_ALLOWED'

/** What is answered: a code, a word, or those whom it concerned. */
type Answer = string | readonly string[]

/** One group. */
export class GroupModel {
  readonly #members = new Map<string, Member>()
  readonly #banned = new Set<string>()
  readonly #applicants = new Set<string>()
  readonly #links: Link[] = []
  #rules: Rules
  #head = 0
  #minutes = 0
  #isDismissed = false

  constructor({ actor, users, ...rules }: Draft) {
    this.#rules = rules
    for (const user of users) this.#members.set(user, { role: 'member', since: 0, until: undefined })
    this.#members.set(actor, { role: 'owner', since: 0, until: undefined })
    this.#head = 1
  }

  /** Whose applications are open. */
  get applicants(): readonly string[] {
    return [...this.#applicants]
  }

  /** The same command by somebody with a name. */
  resolve(command: Command): Command {
    if (command.actor !== 'apt') return command
    const isComing = command.verb === 'join' || command.verb === 'enter'
    const apt = isComing ? people.find((user) => !this.#roleOf(user)) : this.inside.owner
    return { ...command, actor: apt ?? people[0] }
  }

  run(command: Command): Answer {
    const { verb, actor } = command
    if (verb === 'pass') return this.#pass()
    if (verb === 'join') return this.#join(actor)
    if (verb === 'withdraw') return this.#withdraw(actor)
    if (verb === 'enter') return this.#enter(actor, command.link)
    const role = this.#roleOf(actor)
    if (!role) return absent
    if (verb === 'send') return this.#say()
    if (verb === 'leave') return this.#leave(actor, role)
    if (verb === 'link') return this.#link(actor, command)
    if (verb === 'revoke') return this.#revoke(actor, command.link)
    if (verb === 'invite') return this.#invite(actor, command.users)
    return this.#govern(command, role)
  }

  /** What one person sees of it. */
  seenBy(user: string): object {
    const { since = 0, until } = this.#members.get(user) ?? { until: 0 }
    const last = until ?? this.#head
    const seen = { from: last > since ? since + 1 : undefined, to: last > since ? last : undefined, isDense: true }
    return { role: this.#roleOf(user), ...seen }
  }

  /** What its members see: their number, its owner, and everybody's role. */
  get inside(): { count: number; owner: string | undefined; roles: Record<string, string | undefined> } {
    const inside = this.#inside()
    const roles = Object.fromEntries(inside.map((one) => [one, this.#members.get(one)?.role]))
    const [owner, ...others] = inside.filter((one) => roles[one] === 'owner')
    if (others.length > 0) throw new Error('the model has two owners')
    return { count: inside.length, owner, roles }
  }

  #govern({ verb, actor, users, role: wanted, rules: changed }: Command, role: Member['role']): Answer {
    const isOwners = verb === 'promote' || verb === 'dismiss'
    if (role === 'member' || (isOwners && role !== 'owner')) return refused
    if (verb === 'admit') return this.#come(users.filter((user) => this.#applicants.has(user)))
    if (verb === 'reject') return users.filter((user) => this.#applicants.delete(user))
    if (verb === 'kick') return this.#go(users.filter((user) => this.#outranks(actor, user)))
    if (verb === 'ban') return this.#ban(actor, users)
    if (verb === 'unban') return users.filter((user) => this.#banned.delete(user))
    if (verb === 'promote') return this.#promote(actor, users[0] ?? '', wanted)
    return verb === 'change' ? this.#change(changed) : this.#dismiss()
  }

  #pass(): Answer {
    this.#minutes++
    return 'done'
  }

  #join(user: string): Answer {
    if (this.#isDismissed) return absent
    if (this.#roleOf(user)) return 'joined'
    if (this.#banned.has(user) || this.#rules.joining === 'invite') return absent
    if (this.#rules.joining === 'open') return this.#comeAlone(user)
    this.#applicants.add(user)
    return 'pending'
  }

  #withdraw(user: string): Answer {
    this.#applicants.delete(user)
    return 'done'
  }

  #link(maker: string, { uses, expires }: Command): Answer {
    if (!this.#mayInvite(maker)) return refused
    for (const link of this.#links) if (this.#isSpent(link)) link.isGone = true
    if (this.#links.filter(({ isGone }) => !isGone).length >= limits.links) return 'CHAT_TOO_MANY_LINKS'
    this.#links.push({ maker, uses, endsAt: expires ? this.#minutes + 1.5 : Number.POSITIVE_INFINITY, used: 0, isGone: false })
    return 'done'
  }

  #enter(user: string, which: number): Answer {
    const link = this.#links[which]
    if (!link || link.isGone) return 'CHAT_BAD_LINK'
    if (this.#roleOf(user)) return 'joined'
    if (this.#isSpent(link) || this.#banned.has(user) || !this.#mayInvite(link.maker)) return 'CHAT_BAD_LINK'
    const answer = this.#comeAlone(user)
    if (answer === 'joined') link.used++
    return answer
  }

  #revoke(user: string, which: number): Answer {
    const link = this.#links[which]
    if (link && (link.maker === user || this.#roleOf(user) !== 'member')) link.isGone = true
    return 'done'
  }

  #invite(user: string, users: readonly string[]): Answer {
    if (!this.#mayInvite(user)) return refused
    return this.#come(users.filter((other) => !this.#roleOf(other) && !this.#banned.has(other)))
  }

  #leave(user: string, role: Member['role']): Answer {
    if (role === 'owner') return 'CHAT_OWNER_STAYS'
    this.#go([user])
    return 'done'
  }

  #ban(user: string, users: readonly string[]): Answer {
    const others = users.filter((other) => other !== user && (!this.#roleOf(other) || this.#outranks(user, other)))
    this.#go(others.filter((other) => this.#roleOf(other)))
    const banned = others.filter((other) => !this.#banned.has(other))
    for (const other of others) {
      this.#banned.add(other)
      this.#applicants.delete(other)
    }
    return banned
  }

  #promote(user: string, target: string, role: Member['role']): Answer {
    const member = this.#members.get(target)
    if (user === target || !member || !this.#roleOf(target)) return 'CHAT_NO_SUCH_USER'
    if (member.role === role) return 'done'
    member.role = role
    const own = this.#members.get(user)
    if (role === 'owner' && own) own.role = 'admin'
    return this.#say()
  }

  #change(changed: Partial<Rules>): Answer {
    const after = { ...this.#rules, ...changed }
    const isSame = JSON.stringify(after) === JSON.stringify(this.#rules)
    this.#rules = after
    return isSame ? 'done' : this.#say()
  }

  #dismiss(): Answer {
    this.#applicants.clear()
    this.#say()
    this.#isDismissed = true
    for (const user of this.#inside()) this.#put(user)
    return 'done'
  }

  #say(): Answer {
    this.#head++
    return 'done'
  }

  #come(users: readonly string[]): Answer {
    if (users.length === 0) return []
    if (this.#inside().length + users.length > limits.size) return 'CHAT_GROUP_FULL'
    for (const user of users) {
      this.#applicants.delete(user)
      this.#members.set(user, { role: 'member', since: this.#rules.history === 'all' ? 0 : this.#head, until: undefined })
    }
    this.#say()
    return users
  }

  #comeAlone(user: string): Answer {
    const answer = this.#come([user])
    return typeof answer === 'string' ? answer : 'joined'
  }

  #go(users: readonly string[]): readonly string[] {
    if (users.length > 0) this.#say()
    for (const user of users) this.#put(user)
    return users
  }

  #put(user: string): void {
    const since = this.#members.get(user)?.since ?? 0
    this.#members.set(user, { role: 'member', since, until: this.#head })
    for (const link of this.#links) if (link.maker === user) link.isGone = true
  }

  #inside(): string[] {
    return [...this.#members].filter(([, { until }]) => until === undefined).map(([user]) => user)
  }

  #roleOf(user: string): Member['role'] | undefined {
    const member = this.#members.get(user)
    return member && member.until === undefined ? member.role : undefined
  }

  #outranks(user: string, other: string): boolean {
    const [mine, theirs] = [this.#roleOf(user), this.#roleOf(other)]
    return mine !== undefined && theirs !== undefined && ranks[mine] > ranks[theirs]
  }

  #mayInvite(user: string): boolean {
    const role = this.#roleOf(user)
    const { inviting, joining } = this.#rules
    return role !== undefined && (role !== 'member' || (inviting === 'members' && joining !== 'approval'))
  }

  #isSpent({ uses, used, endsAt }: Link): boolean {
    return endsAt <= this.#minutes || (uses > 0 && used >= uses)
  }
}

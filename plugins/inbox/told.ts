// What need not be written again.
//
// A change of a thing needs a new position only if some device may have been told of the thing's present one: a device
// that is still below it comes to it anyway, and is shown the thing as it is by then. For each user this keeps `issued`,
// the highest position that an answer of this process may have carried, and for each thing the position `written` that
// this process gave it. A thing is untold while `written > issued`, and a change of it is then no write at all.
//
// Why that loses nothing, behind a single writer whose units run one after another:
//
// 1. A position is the highest of its user when it is written. So answers from before that, of earlier processes too, carry
//    lower ones; only answers of this process from after it can reach it.
// 2. An answer is read in a unit, and raises `issued` in that unit. A change that comes after it in the order of units and
//    was reached by it therefore is a write. Whether such a unit commits is all the same: `issued` too high costs a write.
// 3. A change that comes before it and was no write is committed with the answer's unit or before it, and things are
//    looked at only after that commit: the answer shows the change.
// 4. `written` is kept from the commit on. What a unit wrote that came to nothing is never believed to be there.
// 5. What is forgotten is forgotten whole, both halves of a user at once, and what was on its way into a forgotten half is
//    let go. A thing without `written` is a write. Hence a bound on the memory costs writes and nothing else.
//
// Where other nodes write and answer too, 2 does not hold, and issued.ts is used instead.

/** One user's half of the memory. */
export interface Person {
  issued: number
  readonly written: Map<string, number>
}

const none: readonly string[] = []
// To look at fewer costs no more than to remember them.
const many = 16
const quietThings = 1_000

/** Which changes no device can have heard of. */
export class Told {
  readonly #people = new Map<string, Person>()
  readonly #limit: number
  /** Things of which no device of these users had been told when `#changes` was this. */
  readonly #quiet = new Map<string, { readonly users: readonly string[]; readonly changes: number }>()
  /** How often an answer may have told somebody something. */
  #changes = 0
  #size = 0

  /** `limit`: how many users and things it keeps in mind in all. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether every device of the user is still to come to the thing's present position. */
  isUntold(user: string, thing: string): boolean {
    const person = this.#people.get(user)
    const position = person?.written.get(thing)
    return person !== undefined && position !== undefined && position > person.issued
  }

  /**
   * Those of `users` to whom the thing's present position may have been told. A large group's members are the same list
   * with every message, and mostly have been told of nothing since the last one: then nobody is looked at.
   */
  among(users: readonly string[], thing: string): readonly string[] {
    const quiet = this.#quiet.get(thing)
    if (quiet?.users === users && quiet.changes === this.#changes) return none
    const told = users.filter((user) => !this.isUntold(user, thing))
    if (told.length === 0 && users.length >= many) this.#remember(users, thing)
    return told
  }

  /** Inside a unit, before it writes: where to keep what it writes, once it has committed. */
  of(user: string): Person {
    const known = this.#people.get(user)
    if (known) return known
    this.#makeRoom()
    const person = { issued: 0, written: new Map<string, number>() }
    this.#people.set(user, person)
    return person
  }

  /** After the commit: the thing stands at `position`. `person` is what `of` gave when it was written. */
  wrote(user: string, person: Person, thing: string, position: number): void {
    if (this.#people.get(user) !== person) return
    if (!person.written.has(thing)) this.#makeRoom()
    // Making room may have forgotten this very person; then nobody looks at it any more.
    person.written.set(thing, position)
  }

  /** Inside the unit of an answer: it may tell the user's devices of everything up to `position`. */
  issue(user: string, position: number): void {
    const person = this.of(user)
    if (position <= person.issued) return
    person.issued = position
    if (person.written.size > 0) this.#changes++
  }

  // A position that is written later is higher still, so only an answer can end it, or forgetting.
  #remember(users: readonly string[], thing: string): void {
    if (this.#quiet.size >= quietThings) this.#quiet.clear()
    this.#quiet.set(thing, { users, changes: this.#changes })
  }

  #makeRoom(): void {
    if (++this.#size <= this.#limit) return
    this.#people.clear()
    this.#quiet.clear()
    this.#size = 1
  }
}

// One's contacts, requests and blocks (plugin `contacts`; PROTOCOL.md, section 13). Asked for after every welcome and again
// after every change: the lists are short, and what was missed is in them.
import { computed, effect, signal } from '@preact/signals'
import type { Member } from '../../src/client/index.ts'
import { type PageClient, request } from '../wire.ts'
import { client, has, isOnline } from './connection.ts'
import { learn, noteRemarks } from './people.ts'

/** Somebody else, as one sees them. */
export interface Contact {
  readonly user: Member
  readonly state: string
  readonly note?: string | undefined
  readonly remark?: string | undefined
  readonly blocked?: boolean | undefined
}

/** Who may write to oneself. */
export type Audience = 'everyone' | 'contacts' | 'nobody'

/** The ack of a list that goes by id. */
interface Page {
  readonly contacts?: readonly Contact[]
  readonly blocked?: readonly Contact[]
  readonly more: boolean
}

const contacts = signal<readonly Contact[]>([])
const incoming = signal<readonly Contact[]>([])
const outgoing = signal<readonly Contact[]>([])
const blocked = signal<readonly Contact[]>([])

const byName = (all: readonly Contact[]): readonly Contact[] =>
  [...all].sort((a, b) => (a.remark ?? a.user.name ?? '').localeCompare(b.remark ?? b.user.name ?? ''))

/** The contacts, by name. */
export const myContacts = computed(() => byName(contacts.value))
/** Who has asked to be a contact, newest first. */
export const requestsIn = computed(() => incoming.value.filter((one) => !one.blocked))
/** Whom one has asked. */
export const requestsOut = computed(() => outgoing.value)
/** Whom one has blocked. */
export const myBlocked = computed(() => byName(blocked.value))
/** Who may write to oneself; `undefined` until it is known. */
export const audience = signal<Audience | undefined>(undefined)

/** What somebody is to oneself: `contact`, `incoming`, `outgoing` or `none`, and whether one has blocked them. */
export const contactOf = (id: string): Contact => {
  const all = [...contacts.value, ...incoming.value, ...outgoing.value]
  const found = all.find(({ user }) => user.id === id) ?? { user: { id }, state: 'none' }
  return { ...found, blocked: blocked.value.some(({ user }) => user.id === id) }
}

const limit = 200

/** All pages of a list that goes by id. */
const wholeList = async (made: PageClient, type: 'contacts.list' | 'contacts.blocked'): Promise<readonly Contact[]> => {
  const all: Contact[] = []
  for (let more = true; more; ) {
    const after = all.at(-1)?.user.id
    const page = (await made.request(type, { limit, ...(after !== undefined && { after }) })) as Page
    all.push(...(page.contacts ?? page.blocked ?? []))
    more = page.more
  }
  return all
}

const load = async (made: PageClient): Promise<void> => {
  const [list, asking, asked, out, settings] = await Promise.all([
    wholeList(made, 'contacts.list'),
    request(made, 'contacts.requests', { limit }),
    request(made, 'contacts.requests', { direction: 'outgoing', limit }),
    wholeList(made, 'contacts.blocked'),
    request(made, 'contacts.settings', {}),
  ])
  contacts.value = list
  incoming.value = asking.requests as readonly Contact[]
  outgoing.value = asked.requests as readonly Contact[]
  blocked.value = out
  audience.value = settings.whoMayWrite as Audience
  const all = [...contacts.value, ...incoming.value, ...outgoing.value, ...blocked.value]
  learn(all.map(({ user }) => user))
  noteRemarks(new Map(all.flatMap(({ user, remark }) => (remark ? [[user.id, remark] as const] : []))))
}

/** Ask for something between oneself and somebody else. Rejects as `request` does. */
export const withContact = (verb: string, id: string, data: object = {}): Promise<unknown> => {
  const made = client.peek()
  return made ? made.request(`contacts.${verb}`, data, { to: id }) : Promise.reject(new Error('nobody is signed in'))
}

/** Say who may write to oneself. Rejects as `request` does. */
export const setAudience = async (whoMayWrite: Audience): Promise<void> => {
  const made = client.peek()
  if (made) audience.value = (await request(made, 'contacts.settings', { whoMayWrite })).whoMayWrite as Audience
}

/** Follow contacts, from now on. Returns how to end it. */
export const startContacts = (made: PageClient): (() => void) => {
  let isDue = false
  const reload = (): void => {
    if (isDue) return
    isDue = true
    // Several changes at once are one question.
    queueMicrotask(() => {
      isDue = false
      void load(made).catch(() => undefined)
    })
  }
  const verbs = ['requested', 'accepted', 'refused', 'removed', 'changed', 'configured']
  const ends = [
    ...verbs.map((verb) => made.on(`contacts.${verb}`, reload)),
    effect(() => {
      if (isOnline.value && has('contacts')) reload()
    }),
  ]
  return () => {
    for (const end of ends) end()
    for (const kept of [contacts, incoming, outgoing, blocked]) kept.value = []
    audience.value = undefined
    noteRemarks(new Map())
  }
}

// The search box: what is typed, and what it leaves of the two lists.
import { computed, signal } from '@preact/signals'
import type { Member } from '../../src/client/index.ts'
import { conversations, type Entry } from './conversations.ts'
import { here, nameOf } from './people.ts'
import { user } from './session.ts'

/** What is typed into the search box. */
export const query = signal('')

const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/\p{Mark}/gu, '')
    .toLocaleLowerCase()

/** Whether a name matches: every word of the query is found in it, without regard to case and accents. */
export const matches = (name: string, wanted: string): boolean =>
  plain(wanted)
    .split(/\s+/)
    .every((word) => plain(name).includes(word))

const isWanted = (name: string | undefined): boolean => query.value.trim() === '' || matches(name ?? '', query.value.trim())

/** The conversations that the search leaves. */
export const foundConversations = computed<readonly Entry[]>(() =>
  conversations.value.filter((entry) => isWanted(nameOf(entry.peer)) && (!entry.archive || query.value.trim() !== '')),
)

/** What was put away. */
export const archivedConversations = computed<readonly Entry[]>(() => conversations.value.filter(({ archive }) => archive === true))

/** The others who are here and whom the search leaves; while searching, without those whose conversation is found already. */
export const foundPeople = computed<readonly Member[]>(() => {
  const listed = new Set(query.value.trim() === '' ? [] : foundConversations.value.map((entry) => entry.peer))
  return here.value.filter(({ id, name }) => id !== user.value?.id && !listed.has(id) && isWanted(name))
})

import { useState } from 'preact/hooks'
import { texts } from '../state/settings.ts'
import { everybodyIn, mentionable, pick } from '../state/writing.ts'
import type { Mentionable } from '../text/rich.ts'
import { Avatar } from './avatar.tsx'

const most = 6

/** What is being typed behind an @ at the cursor; `undefined` when nothing is. */
const wordAt = (field: HTMLTextAreaElement | null): string | undefined => {
  if (!field || field.selectionStart !== field.selectionEnd) return undefined
  return /(?:^|[\s\p{Script=Han}\p{P}])@([^\s@]{0,30})$/u.exec(field.value.slice(0, field.selectionStart))?.[1]
}

const put = (field: HTMLTextAreaElement, typed: string, { name }: Mentionable): void => {
  const end = field.selectionStart
  field.setRangeText(`${name} `, end - typed.length, end, 'end')
  field.dispatchEvent(new Event('input', { bubbles: true }))
}

/** A list of people behind an @ in `field`; `look` after every key, `press` before the composer takes one. */
export const useMentions = (field: { readonly current: HTMLTextAreaElement | null }, peer: string, me: string) => {
  const [typed, setTyped] = useState<string>()
  const [at, setAt] = useState(0)
  const wanted = typed?.toLocaleLowerCase()
  const everybody = everybodyIn(peer, me)
  const all: readonly Mentionable[] = [...mentionable(peer, me), ...(everybody === undefined ? [] : [{ id: 'all', name: everybody }])]
  const fitting = wanted === undefined ? [] : all.filter(({ name }) => name.toLocaleLowerCase().startsWith(wanted)).slice(0, most)
  const choose = (person: Mentionable | undefined): void => {
    if (!field.current || !person || typed === undefined) return
    if (person.id !== 'all') pick(person)
    put(field.current, typed, person)
    setTyped(undefined)
    field.current.focus()
  }
  const look = (): void => {
    setTyped(peer.startsWith('G') ? wordAt(field.current) : undefined)
    setAt(0)
  }
  const keys: Readonly<Record<string, () => void>> = {
    ArrowDown: () => setAt((at + 1) % fitting.length),
    ArrowUp: () => setAt((at + fitting.length - 1) % fitting.length),
    Enter: () => choose(fitting[at]),
    Tab: () => choose(fitting[at]),
    Escape: () => setTyped(undefined),
  }
  const press = (event: KeyboardEvent): boolean => {
    const act = fitting.length > 0 && !event.isComposing && !event.shiftKey ? keys[event.key] : undefined
    if (!act) return false
    event.preventDefault()
    act()
    return true
  }
  return { people: fitting, at, look, press, choose }
}

interface MentionListProps {
  readonly people: readonly Mentionable[]
  readonly at: number
  onChoose(person: Mentionable): void
}

/** Whom an @ may mean. The focus stays in the text. */
export const MentionList = ({ people, at, onChoose }: MentionListProps) =>
  people.length === 0 ? null : (
    <div class="mentions" id="mentions" role="listbox" aria-label={texts.value.mentionList}>
      {people.map((person, i) => (
        <div
          key={person.id}
          id={`mention-${i}`}
          class="mentions__one"
          role="option"
          tabIndex={-1}
          aria-selected={i === at}
          onPointerDown={(event) => {
            // The field must not lose the focus to a press.
            event.preventDefault()
            onChoose(person)
          }}
        >
          <Avatar id={person.id} name={person.name} size="tiny" />
          <bdi>{person.name}</bdi>
        </div>
      ))}
    </div>
  )

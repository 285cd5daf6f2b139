import { useState } from 'preact/hooks'
import type { Member } from '../../src/client/index.ts'
import { has, isOnline } from '../state/connection.ts'
import { conversations } from '../state/conversations.ts'
import { here, hereCount } from '../state/people.ts'
import { hrefOf, openConversation, peer } from '../state/route.ts'
import { foundPeople, query } from '../state/search.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { CheckIcon, LinkIcon } from './icons.tsx'
import { useRoving } from './roving.ts'

const Person = ({ member }: { readonly member: Member }) => {
  const name = member.name ?? texts.value.unnamed
  const body = (
    <>
      <Avatar id={member.id} name={name} isHere={isOnline.value} />
      <bdi class="person__name">{name}</bdi>
    </>
  )
  if (!has('chat')) return <span class="person">{body}</span>
  return (
    <a
      class="person"
      href={hrefOf(member.id)}
      data-stop
      data-peer={member.id}
      aria-current={peer.value === member.id ? 'true' : undefined}
      title={name}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        openConversation(member.id)
      }}
    >
      {body}
    </a>
  )
}

const CopyAddress = () => {
  const words = texts.value
  const [isCopied, setCopied] = useState(false)
  // The clipboard exists on https and localhost only.
  if (!navigator.clipboard) return <p class="invite__address">{location.origin}</p>
  const copy = (): void => {
    navigator.clipboard.writeText(location.origin).then(
      () => setCopied(true),
      () => undefined,
    )
  }
  return (
    <button class="button button--soft button--small" type="button" onClick={copy}>
      {isCopied ? <CheckIcon size={18} /> : <LinkIcon size={18} />}
      <span aria-live="polite">{isCopied ? words.copied : words.copyAddress}</span>
    </button>
  )
}

const Invite = () => (
  <div class="invite">
    <p class="invite__title">{texts.value.nobodyHere}</p>
    <p class="invite__hint">{texts.value.nobodyHereHint}</p>
    <CopyAddress />
  </div>
)

/** A wheel that only turns up and down moves the strip too, as long as there is something to see that way. */
const moveSideways = (event: WheelEvent & { readonly currentTarget: HTMLElement }): void => {
  const strip = event.currentTarget
  const before = strip.scrollLeft
  if (Math.abs(event.deltaY) > Math.abs(event.deltaX)) strip.scrollLeft += event.deltaY
  if (strip.scrollLeft !== before) event.preventDefault()
}

/** Who has the page open: a strip above the conversations, or a list while there are none. */
export const Here = () => {
  const roving = useRoving<HTMLUListElement>()
  const people = foundPeople.value
  const isSearching = query.value.trim() !== ''
  const isStrip = conversations.value.length > 0 && !isSearching
  const others = hereCount.value - 1
  if (people.length === 0) return isSearching || isStrip ? null : <Invite />
  const unlisted = isSearching ? 0 : hereCount.value - here.value.length
  return (
    <section class={`here ${isStrip ? 'here--strip' : 'here--list'} ${isOnline.value ? '' : 'here--stale'}`} aria-labelledby="here-title">
      <h2 class="side__title" id="here-title">
        {texts.value.hereNow}
        {!isSearching && <span class="side__count">{others}</span>}
      </h2>
      <ul class="here__people" {...roving} onWheel={moveSideways}>
        {people.map((member) => (
          <li key={member.id} class="here__person">
            <Person member={member} />
          </li>
        ))}
        {unlisted > 0 && <li class="here__more">+{unlisted}</li>}
      </ul>
    </section>
  )
}

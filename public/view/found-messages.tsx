import { minute } from '../state/clock.ts'
import { type Found, foundMessages, isIndexing } from '../state/found.ts'
import { goTo } from '../state/jump.ts'
import { nameOf } from '../state/people.ts'
import { hrefOf, openConversation } from '../state/route.ts'
import { locale, texts } from '../state/settings.ts'
import { excerpt } from '../text/excerpt.ts'
import { listTime } from '../text/time.ts'
import { Avatar } from './avatar.tsx'
import { useRoving } from './roving.ts'

const Hit = ({ hit, me }: { readonly hit: Found; readonly me: string }) => {
  const words = texts.value
  const { to, message } = hit
  const name = to === me ? words.yourself : (nameOf(to) ?? words.unnamed)
  const author = message.from === me ? words.you : (nameOf(message.from) ?? words.unnamed)
  return (
    <a
      class="row row--found"
      href={hrefOf(to)}
      data-stop
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey) return
        event.preventDefault()
        openConversation(to)
        goTo(to, message.seq)
      }}
    >
      <Avatar id={to} name={name} size="small" />
      <span class="row__main">
        <span class="row__line">
          <bdi class="row__name">{name}</bdi>
          <time class="row__when" dateTime={message.time}>
            {listTime(Date.parse(message.time), minute.value, locale.value, words)}
          </time>
        </span>
        <span class="row__text">
          <span class="row__you">
            <bdi>{author}</bdi>
            {': '}
          </span>
          {excerpt(message.data.text, hit.highlights).map(({ text, isHit }, at) => (isHit ? <mark key={at}>{text}</mark> : text))}
        </span>
      </span>
    </a>
  )
}

/** Messages that hold what is searched for. */
export const FoundMessages = ({ me }: { readonly me: string }) => {
  const roving = useRoving<HTMLUListElement>()
  if (isIndexing.value) {
    return (
      <p class="side__nothing" role="status">
        {texts.value.errors.CHAT_SEARCH_BEHIND}
      </p>
    )
  }
  if (foundMessages.value.length === 0) return null
  return (
    <section aria-labelledby="found-title">
      <h2 class="side__title" id="found-title">
        {texts.value.foundMessages}
      </h2>
      <ul class="rows" {...roving}>
        {foundMessages.value.map((hit) => (
          <li key={`${hit.to}/${hit.message.seq}`}>
            <Hit hit={hit} me={me} />
          </li>
        ))}
      </ul>
    </section>
  )
}

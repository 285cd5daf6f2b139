import type { User } from '../api.ts'
import { canCall, isLogOpen, telephone } from '../state/calls.ts'
import { has, welcome } from '../state/connection.ts'
import { requestsIn } from '../state/contacts.ts'
import { conversations, hasMore, isListLoaded } from '../state/conversations.ts'
import { foundMessages, isIndexing } from '../state/found.ts'
import { isHereKnown } from '../state/people.ts'
import { foundConversations, foundPeople, query } from '../state/search.ts'
import { texts } from '../state/settings.ts'
import { Avatar } from './avatar.tsx'
import { PhoneIcon } from './call-icons.tsx'
import { callViews } from './call-views.ts'
import { isContactsOpen } from './contacts-panel.tsx'
import { ConversationList } from './conversation-list.tsx'
import { FoundMessages } from './found-messages.tsx'
import { groupDialog } from './group-dialogs.tsx'
import { Here } from './here.tsx'
import { ContactsIcon, CrossIcon, GroupIcon, SearchIcon, SettingsIcon } from './icons.tsx'
import { LineStatusText } from './line-bar.tsx'
import { NotifyCard } from './notify-card.tsx'
import { isSettingsOpen } from './settings.tsx'

const openSettings = (): void => {
  isSettingsOpen.value = true
}

const openNewGroup = (): void => {
  groupDialog.value = { kind: 'new' }
}

const openContacts = (): void => {
  isContactsOpen.value = true
}

const contactsLabel = (): string => {
  const count = requestsIn.value.length
  return count > 0 ? `${texts.value.contacts}, ${texts.value.requestCount(count)}` : texts.value.contacts
}

const LogButton = () => {
  const words = texts.value.calls
  const missed = telephone.value?.list.missed.value ?? 0
  const label = isLogOpen.value ? words.closeLog : words.openLog
  return (
    <button
      class="icon-button side__calls"
      type="button"
      aria-pressed={isLogOpen.value}
      aria-label={missed > 0 ? `${label}, ${words.missedCount(missed)}` : label}
      onClick={() => {
        isLogOpen.value = !isLogOpen.value
      }}
    >
      <PhoneIcon />
      {missed > 0 && <span class="badge badge--bad head__count">{missed}</span>}
    </button>
  )
}

const Head = ({ me }: { readonly me: User }) => (
  <header class="side__head">
    <button class="side__me" type="button" onClick={openSettings} aria-haspopup="dialog">
      <Avatar id={me.id} name={me.name} size="small" />
      <span class="side__me-text">
        <bdi class="side__me-name">{me.name}</bdi>
        <LineStatusText />
      </span>
    </button>
    {canCall() && <LogButton />}
    {has('contacts') && (
      <button
        class="icon-button side__contacts"
        type="button"
        onClick={openContacts}
        aria-haspopup="dialog"
        aria-label={contactsLabel()}
        title={texts.value.contacts}
      >
        <ContactsIcon />
        {requestsIn.value.length > 0 && <span class="badge head__count">{requestsIn.value.length}</span>}
      </button>
    )}
    {has('chat') && (
      <button
        class="icon-button"
        type="button"
        onClick={openNewGroup}
        aria-haspopup="dialog"
        aria-label={texts.value.newGroup}
        title={texts.value.newGroup}
      >
        <GroupIcon />
      </button>
    )}
    <button
      class="icon-button"
      type="button"
      onClick={openSettings}
      aria-haspopup="dialog"
      aria-label={texts.value.openSettings}
      title={texts.value.openSettings}
    >
      <SettingsIcon />
    </button>
  </header>
)

const Search = () => {
  const words = texts.value
  const clear = (): void => {
    query.value = ''
  }
  return (
    <search class="search">
      <span class="search__icon">
        <SearchIcon size={18} />
      </span>
      <input
        id="search"
        class="search__input"
        type="search"
        value={query.value}
        placeholder={words.search}
        aria-label={words.search}
        autoComplete="off"
        spellcheck={false}
        onInput={(event) => {
          query.value = event.currentTarget.value
        }}
        onKeyDown={(event) => {
          if (event.key !== 'Escape' || query.peek() === '') return
          event.stopPropagation()
          clear()
        }}
      />
      {query.value !== '' && (
        <button class="search__clear" type="button" aria-label={words.clearSearch} onClick={clear}>
          <CrossIcon size={16} />
        </button>
      )}
    </search>
  )
}

const Skeleton = () => (
  <div class="skeleton" aria-hidden="true">
    {[0, 1, 2, 3].map((row) => (
      <div key={row} class="skeleton__row">
        <span class="skeleton__round" />
        <span class="skeleton__lines">
          <span />
          <span />
        </span>
      </div>
    ))}
  </div>
)

const isWaiting = (): boolean =>
  welcome.value === undefined || (has('chat') === true && !isListLoaded.value) || (has('rooms') === true && !isHereKnown.value)

const Lists = ({ me }: { readonly me: User }) => {
  const wanted = query.value.trim()
  if (isWaiting() && conversations.value.length === 0) return <Skeleton />
  const isNothing = foundConversations.value.length === 0 && foundPeople.value.length === 0 && foundMessages.value.length === 0
  // While there are conversations that have not been told yet, nobody knows.
  if (wanted !== '' && isNothing && !isIndexing.value && !hasMore.value) {
    return (
      <p class="side__nothing" role="status">
        {texts.value.nothingFound(wanted)}
      </p>
    )
  }
  return (
    <>
      {has('rooms') && <Here />}
      {has('chat') && <ConversationList me={me.id} />}
      {has('chat') && <FoundMessages me={me.id} />}
    </>
  )
}

/** The calls, or the conversations; whoever searches is looking for these. */
const Column = ({ me }: { readonly me: User }) => {
  const [views, phone] = [callViews(), telephone.value]
  return isLogOpen.value && views && phone && query.value.trim() === '' ? <views.CallLog phone={phone} /> : <Lists me={me} />
}

/** The left column: oneself, the search, who is here, the conversations. */
export const Sidebar = ({ me }: { readonly me: User }) => (
  <nav class="side" aria-labelledby="side-title">
    <h1 class="said" id="side-title" tabIndex={-1}>
      {texts.value.conversations}
    </h1>
    <Head me={me} />
    <Search />
    <NotifyCard />
    <div class="side__lists">
      <Column me={me} />
    </div>
  </nav>
)

import { useEffect, useRef } from 'preact/hooks'
import type { User } from '../api.ts'
import { telephone } from '../state/calls.ts'
import { has } from '../state/connection.ts'
import { peer, wantedCode } from '../state/route.ts'
import { texts } from '../state/settings.ts'
import { callViews } from './call-views.ts'
import { Confirm } from './confirm.tsx'
import { ContactsPanel } from './contacts-panel.tsx'
import { Conversation } from './conversation.tsx'
import { ForwardDialog } from './forward-dialog.tsx'
import { GroupDialogs } from './group-dialogs.tsx'
import { Logo } from './icons.tsx'
import { JoinDialog } from './join-dialog.tsx'
import { LineBar } from './line-bar.tsx'
import { focusList } from './list-focus.ts'
import { PersonPanel } from './person-panel.tsx'
import { RowMenu } from './row-menu.tsx'
import { isSettingsOpen, Settings } from './settings.tsx'
import { ShortcutHelp } from './shortcut-help.tsx'
import { useShortcuts } from './shortcuts.ts'
import { Sidebar } from './sidebar.tsx'

const Nothing = () => {
  const words = texts.value
  return (
    <div class="nothing">
      <Logo size={72} />
      <h2 class="nothing__title">{has('chat') === false ? words.chatOff : words.pickConversation}</h2>
      {has('chat') !== false && <p class="nothing__hint">{words.pickConversationHint}</p>}
    </div>
  )
}

/** Where a conversation was closed, the keyboard goes back to its row; at first to the column's heading. */
const useFocusOnList = (open: string | undefined) => {
  const before = useRef(open)
  useEffect(() => {
    const left = before.current
    before.current = open
    if (open === undefined) focusList(left)
  }, [open])
}

/** Not a link: the address's fragment is the open conversation. */
const skipToMain = (): void => {
  const main = document.getElementById('main')
  ;(main?.querySelector<HTMLElement>('textarea') ?? main)?.focus()
}

/** What somebody sees who is signed in: the column, and a conversation beside or above it. */
export const Frame = ({ me }: { readonly me: User }) => {
  const open = has('chat') === false ? undefined : peer.value
  const [calls, phone] = [callViews(), telephone.value]
  useShortcuts()
  useFocusOnList(open)
  return (
    <div class={`frame ${open === undefined ? '' : 'frame--open'}`}>
      <button class="skip" type="button" onClick={skipToMain}>
        {texts.value.skipToConversation}
      </button>
      <LineBar />
      <div class="frame__call">{calls && phone && <calls.CallBar phone={phone} />}</div>
      <Sidebar me={me} />
      <main class="frame__main" id="main" tabIndex={-1}>
        {open === undefined ? <Nothing /> : <Conversation key={open} peer={open} me={me.id} />}
      </main>
      <GroupDialogs me={me.id} />
      {wantedCode.value !== undefined && has('chat') && <JoinDialog code={wantedCode.value} />}
      <ForwardDialog me={me.id} />
      <RowMenu />
      {has('contacts') && <ContactsPanel />}
      {has('contacts') && <PersonPanel />}
      <ShortcutHelp />
      <Confirm />
      {isSettingsOpen.value && <Settings me={me} />}
      {calls && phone && <calls.CallLayer phone={phone} />}
    </div>
  )
}

import { signal } from '@preact/signals'
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { User } from '../api.ts'
import { languages } from '../i18n/language.ts'
import { isCallSafe, telephone } from '../state/calls.ts'
import { has, welcome } from '../state/connection.ts'
import { canNotify, switchNotices, wantsNotices, wantsSound } from '../state/notify.ts'
import { outbox } from '../state/outbox.ts'
import { signOut } from '../state/session.ts'
import { type LanguageChoice, languageChoice, type Theme, texts, theme } from '../state/settings.ts'
import { setReceipts, showsReceipts } from '../state/wishes.ts'
import { Avatar } from './avatar.tsx'
import { callViews } from './call-views.ts'
import { CrossIcon, DownIcon, LeaveIcon } from './icons.tsx'
import { OwnName } from './own-name.tsx'
import { Segmented } from './segmented.tsx'
import { ShortcutList } from './shortcut-help.tsx'
import { Switch } from './switch.tsx'

/** Whether the settings are shown. */
export const isSettingsOpen = signal(false)

const Language = () => {
  const words = texts.value
  const options: readonly (readonly [LanguageChoice, string])[] = [
    ['system', words.languageSystem],
    ['en', languages.en.name],
    ['zh', languages.zh.name],
  ]
  const choose = (choice: LanguageChoice): void => {
    languageChoice.value = choice
  }
  return <Segmented legend={words.language} name="language" value={languageChoice.value} options={options} onChange={choose} />
}

const Appearance = () => {
  const words = texts.value
  const options: readonly (readonly [Theme, string])[] = [
    ['system', words.themeSystem],
    ['light', words.themeLight],
    ['dark', words.themeDark],
  ]
  const choose = (choice: Theme): void => {
    theme.value = choice
  }
  return <Segmented legend={words.theme} name="theme" value={theme.value} options={options} onChange={choose} />
}

const Shortcuts = () => (
  <details class="section keys">
    <summary class="section__title keys__title">
      <DownIcon size={18} />
      {texts.value.shortcuts}
    </summary>
    <ShortcutList />
  </details>
)

const Notices = () => {
  const words = texts.value
  return (
    <fieldset class="switches">
      <legend class="segmented__legend">{words.notices}</legend>
      <Switch
        label={words.noticesShow}
        {...(!canNotify() && { hint: words.noticesBlocked })}
        isOn={wantsNotices.value && canNotify()}
        isOff={!canNotify()}
        onChange={(on) => void switchNotices(on)}
      />
      <Switch
        label={words.noticesSound}
        isOn={wantsSound.value}
        onChange={(on) => {
          wantsSound.value = on
        }}
      />
      {showsReceipts.value !== undefined && (
        <Switch label={words.receipts} hint={words.receiptsHint} isOn={showsReceipts.value} onChange={setReceipts} />
      )}
    </fieldset>
  )
}

const Calling = () => {
  const [views, phone] = [callViews(), telephone.value]
  if (views && phone) return <views.CallSettings phone={phone} />
  return has('calls') && !isCallSafe() ? <p class="panel__hint">{texts.value.calls.needsHttps}</p> : null
}

const leave = (): void => {
  for (const sending of outbox.peek()) sending.cancel()
  isSettingsOpen.value = false
  void signOut()
}

/** Signing out; asks first where something would be lost for ever. */
const SignOut = ({ me }: { readonly me: User }) => {
  const words = texts.value
  const [isAsking, ask] = useState(false)
  const unsent = outbox.value.filter((sending) => sending.state !== 'sent').length
  const loses = [me.guest && words.signOutGuest, unsent > 0 && words.signOutUnsent(unsent)].filter((text) => text !== false)
  if (isAsking) {
    return (
      <div class="leave" role="alert">
        {loses.map((text) => (
          <p key={text}>{text}</p>
        ))}
        <div class="leave__choice">
          <button class="button button--soft" type="button" onClick={() => ask(false)}>
            {words.cancel}
          </button>
          <button class="button button--bad" type="button" onClick={leave}>
            {words.signOutAnyway}
          </button>
        </div>
      </div>
    )
  }
  return (
    <button class="button button--soft" type="button" onClick={() => (loses.length > 0 ? ask(true) : leave())}>
      <LeaveIcon size={20} />
      {words.signOut}
    </button>
  )
}

const useModal = () => {
  const ref = useRef<HTMLDialogElement>(null)
  useLayoutEffect(() => {
    ref.current?.showModal()
  }, [])
  return ref
}

/** One's own profile and the settings of this browser. */
export const Settings = ({ me }: { readonly me: User }) => {
  const words = texts.value
  const dialog = useModal()
  const close = (): void => dialog.current?.close()
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Esc closes a dialog by itself; the click is for the ground around it
    <dialog
      ref={dialog}
      class="settings"
      aria-labelledby="settings-title"
      onClose={() => {
        isSettingsOpen.value = false
      }}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div class="settings__sheet">
        <header class="settings__head">
          <h2 class="settings__title" id="settings-title">
            {words.settings}
          </h2>
          <button class="icon-button" type="button" aria-label={words.close} onClick={close}>
            <CrossIcon />
          </button>
        </header>
        <div class="profile">
          <Avatar id={me.id} name={me.name} size="large" />
          <bdi class="profile__name">{me.name}</bdi>
          {me.guest && <span class="profile__kind">{words.guest}</span>}
        </div>
        <OwnName key={me.name} me={me} />
        <Language />
        <Appearance />
        <Notices />
        <Calling />
        <Shortcuts />
        <SignOut me={me} />
        <footer class="settings__foot">
          {welcome.value && <span>{words.version(welcome.value.server.version)}</span>}
          <a href="/docs/" target="_blank" rel="noopener">
            {words.documentation}
          </a>
        </footer>
      </div>
    </dialog>
  )
}

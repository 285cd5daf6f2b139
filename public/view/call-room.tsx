import { useEffect } from 'preact/hooks'
import type { Call } from '../../src/client/calls/index.ts'
import { sentenceOf } from '../../src/client/calls/index.ts'
import { isSoundBlocked } from '../state/call-view.ts'
import { isOnline } from '../state/connection.ts'
import { isGroup } from '../state/groups.ts'
import { nameOf } from '../state/people.ts'
import { language, texts } from '../state/settings.ts'
import type { Present, Telephone } from '../state/telephone.ts'
import { Avatar } from './avatar.tsx'
import { CallControls } from './call-controls.tsx'
import { DevicePanel } from './call-devices.tsx'
import { ShrinkIcon } from './call-icons.tsx'
import { useModal } from './call-modal.ts'
import { NoticeText } from './call-notice.tsx'
import { Duration, QualityMark, statusOf } from './call-status.tsx'
import { Tiles } from './call-tiles.tsx'

interface RoomProps {
  readonly phone: Telephone
  readonly present: Present
}

const Head = ({ phone, present, title }: RoomProps & { readonly title: string }) => {
  const { call } = present
  const status = statusOf(phone, present, texts.value)
  return (
    <header class="room__head">
      <button
        class="room__small"
        type="button"
        aria-label={texts.value.calls.minimise}
        title={texts.value.calls.minimise}
        onClick={() => {
          phone.isSmall.value = true
        }}
      >
        <ShrinkIcon />
      </button>
      <div class="room__text">
        <h2 class="room__title" id="room-title">
          <bdi>{title}</bdi>
        </h2>
        <p class="room__status">
          <span role="status">{status}</span>
          {call && status === undefined && <Duration phone={phone} call={call} />}
          {call && <QualityMark phone={phone} call={call} />}
        </p>
      </div>
    </header>
  )
}

/** Before anybody is there: whom one calls. */
const Alone = ({ peer, name }: { readonly peer: string; readonly name: string }) => (
  <div class="room__alone">
    <span class="ring__avatar">
      <Avatar id={peer} name={name} size="large" />
    </span>
  </div>
)

/** A screen that goes dark would end the picture. A browser may say no, and takes it back when the page is hidden. */
const useLight = (isWanted: boolean): void =>
  useEffect(() => {
    if (!isWanted || !navigator.wakeLock) return
    let isOver = false
    let lock: WakeLockSentinel | undefined
    const ask = async (): Promise<void> => {
      const given = await navigator.wakeLock.request('screen').catch(() => undefined)
      if (isOver) await given?.release()
      else lock = given
    }
    const look = (): void => void (document.visibilityState === 'visible' && ask())
    look()
    document.addEventListener('visibilitychange', look)
    return () => {
      isOver = true
      document.removeEventListener('visibilitychange', look)
      void lock?.release()
    }
  }, [isWanted])

/** What does not work, and who can mend it; and that others see the screen. */
const Trouble = ({ phone, call }: { readonly phone: Telephone; readonly call: Call | undefined }) => {
  const words = texts.value
  void phone.turn.value
  const lacks = call && (!call.media.audio || (call.verdict === 'no_camera' && !call.media.video))
  const notices = phone.notice.value ? [phone.notice.value] : []
  // While it is said which device is gone, that there is none needs no second line.
  if (call?.verdict && lacks && !phone.notice.value?.offersDevices) {
    const offersDevices = call.verdict === 'no_microphone' || call.verdict === 'no_camera'
    notices.push({ text: sentenceOf(call.verdict, language.value), offersDevices })
  }
  const lines: string[] = []
  if (call?.media.screen) lines.push(words.calls.sharing)
  if (!isOnline.value) lines.push(words.calls.serverAway)
  const isMute = (user: string): boolean => call?.remotes.some((remote) => remote.user === user && remote.media.audio) !== true
  for (const user of [...phone.watch.withoutMicrophone.value].filter(isMute))
    lines.push(words.calls.noMicrophoneThere(nameOf(user) ?? words.unnamed))
  return (
    <div class="room__troubles" role="status">
      {notices.map((notice) => (
        <p key={notice.text} class="room__trouble">
          <NoticeText phone={phone} notice={notice} />
        </p>
      ))}
      {lines.map((line) => (
        <p key={line} class="room__trouble">
          {line}
        </p>
      ))}
      {isSoundBlocked.value && (
        <p class="room__trouble">
          {words.calls.soundBlocked} <button type="button">{words.calls.soundOn}</button>
        </p>
      )}
    </div>
  )
}

/** The call that this page is in, over everything else. Esc makes it a bar. */
export const CallRoom = ({ phone, present }: RoomProps) => {
  const words = texts.value
  const dialog = useModal()
  const hasDevices = phone.hasDevices.value
  const showDevices = (isShown: boolean): void => {
    phone.hasDevices.value = isShown
  }
  const { call, peer } = present
  useLight(call?.remotes.some(({ media }) => media.video || media.screen) === true)
  const name = nameOf(peer) ?? words.unnamed
  const shrink = (): void => {
    if (hasDevices) showDevices(false)
    else phone.isSmall.value = true
  }
  return (
    <dialog
      ref={dialog}
      class={`room ${isGroup(peer) ? 'room--group' : ''}`}
      aria-labelledby="room-title"
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return
        event.preventDefault()
        shrink()
      }}
      onCancel={(event) => {
        // What a telephone's own button for going back asks for.
        event.preventDefault()
        shrink()
      }}
      onClose={() => {
        // A browser may close it all the same.
        if (dialog.current) phone.isSmall.value = true
      }}
    >
      <div class="room__sheet">
        <Head phone={phone} present={present} title={name} />
        <div class="room__stage">
          {(call?.remotes.length ?? 0) === 0 && <Alone peer={peer} name={name} />}
          {call && <Tiles phone={phone} call={call} />}
          <Trouble phone={phone} call={call} />
          {hasDevices && <DevicePanel call={call} />}
        </div>
        <CallControls phone={phone} present={present} hasDevices={hasDevices} onDevices={() => showDevices(!hasDevices)} />
      </div>
    </dialog>
  )
}

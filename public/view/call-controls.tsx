import type { ComponentChildren } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import type { Call } from '../../src/client/calls/index.ts'
import { isGroup } from '../state/groups.ts'
import { texts } from '../state/settings.ts'
import type { Present, Telephone } from '../state/telephone.ts'
import { HangUpIcon, MicrophoneIcon, MicrophoneOffIcon, PictureIcon, ScreenIcon, VideoIcon, VideoOffIcon } from './call-icons.tsx'
import { SettingsIcon } from './icons.tsx'

interface ToolProps {
  readonly label: string
  readonly look?: 'on' | 'off' | 'end'
  readonly isFirst?: boolean
  readonly isOpen?: boolean
  readonly isIdle?: boolean
  readonly children: ComponentChildren
  run(): void
}

const Tool = ({ label, look = 'on', isFirst, isOpen, isIdle, children, run }: ToolProps) => (
  <button
    class={`tool tool--${look}`}
    type="button"
    aria-label={label}
    title={label}
    autofocus={isFirst ?? false}
    aria-expanded={isOpen}
    disabled={isIdle ?? false}
    onClick={run}
  >
    {children}
  </button>
)

const hasScreens = (): boolean => 'getDisplayMedia' in navigator.mediaDevices
const hasPictures = (): boolean => document.pictureInPictureEnabled === true

/** Whoever picks no screen, or does not allow it, has changed their mind. */
const share = (phone: Telephone, call: Call): void => {
  call.setScreen(!call.media.screen).catch((failure: unknown) => {
    if (!(failure instanceof DOMException && failure.name === 'NotAllowedError')) phone.say(texts.peek().calls.deviceFailed)
  })
}

const switchOn = async (phone: Telephone, isDone: () => boolean, change: Promise<void>): Promise<void> => {
  await change
  if (!isDone()) phone.say(texts.peek().calls.deviceFailed)
}

/** The first other picture in a window of its own. */
const PictureTool = () => {
  const words = texts.value.calls
  const [isOut, setOut] = useState(document.pictureInPictureElement !== null)
  useEffect(() => {
    const look = (): void => setOut(document.pictureInPictureElement !== null)
    document.addEventListener('enterpictureinpicture', look, true)
    document.addEventListener('leavepictureinpicture', look, true)
    return () => {
      document.removeEventListener('enterpictureinpicture', look, true)
      document.removeEventListener('leavepictureinpicture', look, true)
    }
  }, [])
  const run = (): void => {
    const film = document.querySelector<HTMLVideoElement>('.tile:not(.tile--own) .film')
    void (isOut ? document.exitPictureInPicture() : film?.requestPictureInPicture())?.catch(() => undefined)
  }
  return (
    <Tool label={isOut ? words.pictureOut : words.pictureIn} look={isOut ? 'off' : 'on'} run={run}>
      <PictureIcon />
    </Tool>
  )
}

const MediaTools = ({ phone, call }: { readonly phone: Telephone; readonly call: Call | undefined }) => {
  const words = texts.value.calls
  void phone.turn.value
  const { audio, video, screen } = call?.media ?? { audio: true, video: false, screen: false }
  const isIdle = call === undefined || call.state === 'incoming'
  const setAudio = (): void => void (call && switchOn(phone, () => call.media.audio !== audio, call.setAudio(!audio)))
  const setVideo = (): void => void (call && switchOn(phone, () => call.media.video !== video, call.setVideo(!video)))
  const isSeen = call?.remotes.some(({ media }) => media.video || media.screen) === true
  return (
    <>
      <Tool label={audio ? words.mute : words.unmute} look={audio ? 'on' : 'off'} isFirst isIdle={isIdle} run={setAudio}>
        {audio ? <MicrophoneIcon size={24} /> : <MicrophoneOffIcon size={24} />}
      </Tool>
      <Tool label={video ? words.cameraOff : words.cameraOn} look={video ? 'on' : 'off'} isIdle={isIdle} run={setVideo}>
        {video ? <VideoIcon size={24} /> : <VideoOffIcon size={24} />}
      </Tool>
      {hasScreens() && (
        <Tool
          label={screen ? words.screenOff : words.screenOn}
          look={screen ? 'off' : 'on'}
          isIdle={isIdle}
          run={() => call && share(phone, call)}
        >
          <ScreenIcon size={24} />
        </Tool>
      )}
      {hasPictures() && isSeen && <PictureTool />}
    </>
  )
}

interface CallControlsProps {
  readonly phone: Telephone
  readonly present: Present
  readonly hasDevices: boolean
  onDevices(): void
}

/** What can be done in a call. */
export const CallControls = ({ phone, present, hasDevices, onDevices }: CallControlsProps) => {
  const words = texts.value.calls
  const { call, peer } = present
  const isAlone = call?.info.answeredAt === undefined
  const ending = isAlone ? words.giveUp : isGroup(peer) ? words.leave : words.hangUp
  return (
    <footer class="room__bar">
      <MediaTools phone={phone} call={call} />
      <Tool label={words.devices} look={hasDevices ? 'off' : 'on'} isOpen={hasDevices} run={onDevices}>
        <SettingsIcon size={24} />
      </Tool>
      <Tool label={ending} look="end" run={() => phone.hangUp()}>
        <HangUpIcon size={28} />
      </Tool>
    </footer>
  )
}

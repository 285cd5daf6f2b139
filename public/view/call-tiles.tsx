import type { Call, CallMedia, Remote } from '../../src/client/calls/index.ts'
import { nameOf } from '../state/people.ts'
import { texts } from '../state/settings.ts'
import type { Telephone } from '../state/telephone.ts'
import { Avatar } from './avatar.tsx'
import { MicrophoneOffIcon } from './call-icons.tsx'
import { Film } from './call-stream.tsx'
import { useDrag } from './drag.ts'

const Muted = ({ name }: { readonly name: string }) => (
  <span class="tile__mute" title={texts.value.calls.isMuted(name)}>
    <MicrophoneOffIcon size={16} />
    <span class="said">{texts.value.calls.isMuted(name)}</span>
  </span>
)

const Other = ({ remote }: { readonly remote: Remote }) => {
  const words = texts.value
  const { user, stream, media, state, isAway } = remote
  const name = nameOf(user) ?? words.unnamed
  const isSeen = media.video || media.screen
  const hasNoWay = state === 'failed' && !isAway
  const isLost = state === 'reconnecting' || hasNoWay || isAway
  return (
    <li class={`tile ${isLost ? 'tile--lost' : ''}`} data-user={user} data-state={state}>
      {isSeen ? (
        <Film stream={stream} label={media.screen ? words.calls.theirScreen(name) : name} isWhole={media.screen} />
      ) : (
        <Avatar id={user} name={name} size="large" />
      )}
      {isLost && <span class="spinner tile__spinner" />}
      {hasNoWay && (
        <span class="tile__fault" role="status">
          {words.calls.noWay(name)}
        </span>
      )}
      <span class="tile__name">
        {!media.audio && <Muted name={name} />}
        <bdi>{name}</bdi>
      </span>
    </li>
  )
}

interface OwnProps {
  readonly call: Call
  readonly media: CallMedia
  readonly me: string
  readonly isFloating: boolean
}

/** Oneself: in a corner beside one other, which can be moved, and one of the tiles among several. */
const Own = ({ call, media, me, isFloating }: OwnProps) => {
  const words = texts.value.calls
  const drag = useDrag<HTMLLIElement>(isFloating)
  const isSeen = media.video || media.screen
  if (isFloating && !isSeen) return null
  return (
    <li class={`tile tile--own ${isFloating ? 'tile--floating' : ''}`} {...drag}>
      {isSeen ? (
        <Film stream={call.stream} label={words.you} isMirrored={!media.screen} isWhole={media.screen} />
      ) : (
        <Avatar id={me} name={nameOf(me) ?? words.you} size="large" />
      )}
      <span class="tile__name">
        {!media.audio && <Muted name={words.you} />}
        {words.you}
      </span>
    </li>
  )
}

/** Who is in the call. */
export const Tiles = ({ phone, call }: { readonly phone: Telephone; readonly call: Call }) => {
  void phone.turn.value
  const { remotes, media } = call
  const isFloating = remotes.length < 2
  return (
    <ul class="tiles" data-count={isFloating ? remotes.length : remotes.length + 1}>
      {remotes.map((remote) => (
        <Other key={remote.party} remote={remote} />
      ))}
      <Own key={isFloating ? 'floating' : 'own'} call={call} media={media} me={phone.me} isFloating={isFloating} />
    </ul>
  )
}

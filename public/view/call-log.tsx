import { useEffect } from 'preact/hooks'
import type { CallInfo } from '../../src/client/calls/index.ts'
import { isLogOpen } from '../state/calls.ts'
import { minute } from '../state/clock.ts'
import { nameOf } from '../state/people.ts'
import { hrefOf, openConversation } from '../state/route.ts'
import { locale, texts } from '../state/settings.ts'
import { peerOf, type Telephone } from '../state/telephone.ts'
import { fullTime, listTime } from '../text/time.ts'
import { Avatar } from './avatar.tsx'
import { IncomingIcon, MissedIcon, OutgoingIcon, PhoneIcon, VideoIcon } from './call-icons.tsx'
import { BackIcon } from './icons.tsx'
import { Fault, useTask } from './task.tsx'

const Way = ({ isMissed, isOwn }: { readonly isMissed: boolean; readonly isOwn: boolean }) => {
  if (isMissed) return <MissedIcon size={15} />
  return isOwn ? <OutgoingIcon size={15} /> : <IncomingIcon size={15} />
}

const Row = ({ phone, call }: { readonly phone: Telephone; readonly call: CallInfo }) => {
  const words = texts.value
  const peer = peerOf(call, phone.me)
  const name = nameOf(peer) ?? words.unnamed
  const { text, detail, isMissed } = phone.list.account(call)
  const at = Date.parse(call.startedAt)
  const back = call.kind === 'video' ? words.calls.videoTo(name) : words.calls.voiceTo(name)
  return (
    <li class={`call-row ${isMissed ? 'call-row--missed' : ''}`}>
      <a
        class="row call-row__main"
        href={hrefOf(peer)}
        onClick={(event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return
          event.preventDefault()
          openConversation(peer)
        }}
      >
        <Avatar id={peer} name={name} />
        <span class="row__main">
          <span class="row__line">
            <bdi class="row__name">{name}</bdi>
            <time class="row__when" dateTime={call.startedAt} title={fullTime(at, locale.value)}>
              {listTime(at, minute.value, locale.value, words)}
            </time>
          </span>
          <span class="call-row__what">
            <Way isMissed={isMissed} isOwn={call.caller === phone.me} />
            <span class="row__text">{detail === undefined ? text : words.calls.withDuration(text, detail)}</span>
          </span>
        </span>
      </a>
      <button
        class="icon-button call-row__back"
        type="button"
        aria-label={back}
        title={back}
        onClick={() => void phone.dial(peer, call.kind)}
      >
        {call.kind === 'video' ? <VideoIcon /> : <PhoneIcon />}
      </button>
    </li>
  )
}

/** One's calls, in the place of the conversations. */
export const CallLog = ({ phone }: { readonly phone: Telephone }) => {
  const words = texts.value.calls
  const { calls, hasMore, isLoaded } = phone.list
  const { isBusy, fault, run } = useTask()
  useEffect(() => phone.list.see(), [calls.value])
  return (
    <section aria-labelledby="call-log-title">
      <div class="call-log__head">
        <button
          class="icon-button"
          type="button"
          aria-label={words.closeLog}
          onClick={() => {
            isLogOpen.value = false
          }}
        >
          <BackIcon />
        </button>
        <h2 class="call-log__title" id="call-log-title">
          {words.log}
        </h2>
      </div>
      {isLoaded.value && calls.value.length === 0 && (
        <div class="side__empty">
          <p class="side__empty-title">{words.noCalls}</p>
          <p>{words.noCallsHint}</p>
        </div>
      )}
      <ul class="rows">
        {calls.value.map((call) => (
          <Row key={call.id} phone={phone} call={call} />
        ))}
      </ul>
      {hasMore.value && (
        <button
          class="button button--soft button--small call-log__more"
          type="button"
          disabled={isBusy}
          onClick={() => run(() => phone.list.loadMore())}
        >
          {words.moreCalls}
        </button>
      )}
      <Fault text={fault} />
    </section>
  )
}

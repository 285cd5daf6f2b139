import { useEffect } from 'preact/hooks'
import { sentenceOf } from '../../src/client/calls/index.ts'
import type { Dictionary } from '../i18n/en.ts'
import type { Language } from '../i18n/language.ts'
import { announce } from '../state/announcer.ts'
import { nameOf } from '../state/people.ts'
import { language, texts } from '../state/settings.ts'
import type { Past, Telephone } from '../state/telephone.ts'
import { durationText, reasonText } from '../text/call-account.ts'
import { Avatar } from './avatar.tsx'
import { PhoneIcon, VideoIcon } from './call-icons.tsx'
import { CrossIcon } from './icons.tsx'

interface Ending {
  readonly text: string
  readonly detail?: string | undefined
  /** All went as it should. */
  readonly isGood?: boolean
}

const endingOf = ({ call, fault, verdict }: Past, words: Dictionary, spoken: Language): Ending => {
  const known: Readonly<Record<string, string>> = words.errors
  const { calls } = words
  if (!call) return { text: known[fault ?? ''] ?? words.somethingWrong }
  const { outcome, reason, durationMs } = call.info
  if (outcome === 'declined') return { text: calls.declined }
  if (outcome === 'busy') return { text: calls.busy }
  if (outcome === 'missed') return { text: calls.noAnswer }
  if (outcome === 'cancelled') return { text: calls.cancelled }
  if (outcome === 'completed') return { text: calls.ended, detail: durationText(durationMs ?? 0, calls), isGood: true }
  const why = call.verdict ?? verdict
  return { text: calls.failed, detail: why ? sentenceOf(why, spoken) : reasonText(reason, calls) }
}

const goneMs = 6_000

/** How the last call ended, and how to make it again. What went well goes away by itself. */
export const CallEnd = ({ phone, past }: { readonly phone: Telephone; readonly past: Past }) => {
  const words = texts.value
  const { peer, kind } = past
  const name = nameOf(peer) ?? words.unnamed
  const { text, detail, isGood } = endingOf(past, words, language.value)
  const close = (): void => {
    if (phone.past.peek() === past) phone.past.value = undefined
  }
  useEffect(() => announce(detail === undefined ? text : `${text}. ${detail}`), [text, detail])
  useEffect(() => {
    if (!isGood) return
    const timer = setTimeout(close, goneMs)
    return () => clearTimeout(timer)
  }, [past, isGood])
  return (
    <section class="call-end" aria-label={words.calls.callWith(name)}>
      <Avatar id={peer} name={name} />
      <div class="call-end__text">
        <bdi class="call-end__name">{name}</bdi>
        <span class="call-end__what">{text}</span>
        {detail !== undefined && <span class="call-end__detail">{detail}</span>}
      </div>
      <button class="icon-button call-end__close" type="button" aria-label={words.close} onClick={close}>
        <CrossIcon size={20} />
      </button>
      <button class="button button--small call-end__again" type="button" onClick={() => void phone.dial(peer, kind)}>
        {kind === 'video' ? <VideoIcon size={18} /> : <PhoneIcon size={18} />}
        {words.calls.again}
      </button>
    </section>
  )
}

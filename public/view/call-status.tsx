import { useEffect, useState } from 'preact/hooks'
import type { Call, Remote } from '../../src/client/calls/index.ts'
import type { Dictionary } from '../i18n/en.ts'
import { isGroup } from '../state/groups.ts'
import { nameOf } from '../state/people.ts'
import { texts } from '../state/settings.ts'
import type { Present, Telephone } from '../state/telephone.ts'
import { durationClock } from '../text/call-account.ts'
import { QualityIcon } from './call-icons.tsx'

const ringingText = (phone: Telephone, { peer, call }: Present, words: Dictionary['calls']): string => {
  const rings = call?.info.people.filter(({ user, state, ringing }) => user !== phone.me && state === 'invited' && ringing > 0) ?? []
  if (isGroup(peer) && rings.length > 0) return words.ringingPeople(rings.length)
  if (isGroup(peer) && call?.info.state === 'active') return words.waiting
  const devices = rings.reduce((sum, { ringing }) => sum + ringing, 0)
  return devices > 0 ? words.ringing(devices) : words.calling
}

/** What there is to say instead of the duration; `undefined` when all is well. */
export const statusOf = (phone: Telephone, present: Present, { calls: words, unnamed }: Dictionary): string | undefined => {
  const { call } = present
  if (call?.state === 'connected' || call?.state === 'reconnecting') {
    // The server may have lost somebody who is heard all the same.
    const isUnheard = ({ user, state }: Remote): boolean => state !== 'connected' || phone.watch.marks.value.get(user) === 'silent'
    const away = call.remotes.find((remote) => remote.isAway && isUnheard(remote))
    if (away) return words.isAway(nameOf(away.user) ?? unnamed)
    return call.state === 'reconnecting' ? words.reconnecting : undefined
  }
  const isAnswered = call?.state === 'connecting' || call?.state === 'incoming' || (!isGroup(present.peer) && call?.info.state === 'active')
  return isAnswered ? words.connecting : ringingText(phone, present, words)
}

/** How long it has been going on. */
export const Duration = ({ phone, call }: { readonly phone: Telephone; readonly call: Call }) => {
  const [now, tick] = useState(Date.now())
  useEffect(() => {
    const timer = setInterval(() => tick(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  void phone.turn.value
  const since = phone.watch.since(call)
  if (since === undefined) return null
  return (
    <span class="call-duration">
      <span class="said">{texts.value.calls.lasts} </span>
      {durationClock(now - since)}
    </span>
  )
}

const bars = { good: 3, fair: 2, poor: 1, silent: 0 } as const
const worstFirst = ['silent', 'poor', 'fair', 'good'] as const

/** How well the worst of the others comes in. */
export const QualityMark = ({ phone, call }: { readonly phone: Telephone; readonly call: Call }) => {
  void phone.turn.value
  // What there is no connection to, its tile says.
  const reached = call.remotes.filter(({ state }) => state === 'connected').map(({ user }) => phone.watch.marks.value.get(user))
  const worst = worstFirst.find((mark) => reached.includes(mark))
  if (call.state !== 'connected' || worst === undefined) return null
  return (
    <span class={`call-quality call-quality--${worst}`} data-quality={worst}>
      <QualityIcon bars={bars[worst]} />
      {texts.value.calls.quality[worst]}
    </span>
  )
}

// Everything of calls that is drawn, in a bundle of its own (view/call-views.ts).
import type { Telephone } from '../state/telephone.ts'
import { CallEnd } from './call-end.tsx'
import { CallNotice } from './call-notice.tsx'
import { IncomingCall } from './call-ring.tsx'
import { CallRoom } from './call-room.tsx'
import { CallSound } from './call-stream.tsx'

export { CallBar } from './call-bar.tsx'
export { CallLog } from './call-log.tsx'
export { CallSettings } from './call-settings.tsx'

/** What lies above the page: the call that this page is in, the one that rings, and how the last one ended. */
export const CallLayer = ({ phone }: { readonly phone: Telephone }) => {
  const { present } = phone
  const [ringing] = phone.ringing
  return (
    <>
      {present?.call && <CallSound phone={phone} call={present.call} />}
      {present && !phone.isSmall.value && <CallRoom phone={phone} present={present} />}
      {!present && phone.past.value && <CallEnd phone={phone} past={phone.past.value} />}
      {(!present || phone.isSmall.value) && <CallNotice phone={phone} />}
      {ringing && <IncomingCall key={ringing.id} phone={phone} call={ringing} />}
    </>
  )
}

import { texts } from '../state/settings.ts'
import type { Notice, Telephone } from '../state/telephone.ts'

interface NoticeProps {
  readonly phone: Telephone
  readonly notice: Notice
}

/** What is said, and the way to what would help. */
export const NoticeText = ({ phone, notice: { text, offersDevices } }: NoticeProps) => (
  <>
    {text}{' '}
    {offersDevices && !phone.hasDevices.value && (
      <button type="button" onClick={() => phone.showDevices()}>
        {texts.value.calls.chooseDevice}
      </button>
    )}
  </>
)

/** A line about calls that goes away by itself; the call itself has a place of its own for it. It is read aloud by the page's announcer. */
export const CallNotice = ({ phone }: { readonly phone: Telephone }) => {
  const notice = phone.notice.value
  return (
    notice && (
      <p class="call-notice">
        <NoticeText phone={phone} notice={notice} />
      </p>
    )
  )
}

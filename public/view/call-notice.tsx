import type { Telephone } from '../state/telephone.ts'

/** A line about calls that goes away by itself. It is read aloud by the page's announcer. */
export const CallNotice = ({ phone }: { readonly phone: Telephone }) =>
  phone.notice.value === undefined ? null : <p class="call-notice">{phone.notice.value}</p>

// The icons of calls; drawn as those of icons.tsx.
import { drawn } from './icons.tsx'

const handset =
  'M6.3 4h2.5c.4 0 .7.2.8.6l1.1 3.2c.1.4 0 .7-.3 1L8.8 10a12.4 12.4 0 0 0 5.2 5.2l1.2-1.6c.3-.3.6-.4 1-.3l3.2 1.1c.4.1.6.4.6.8v2.5c0 1.3-1.1 2.3-2.4 2.2C10.3 19.3 4.7 13.7 4.1 6.4A2.2 2.2 0 0 1 6.3 4z'

export const PhoneIcon = drawn(<path d={handset} />)
export const HangUpIcon = drawn(<path d={handset} transform="rotate(135 12 12)" />)
export const VideoIcon = drawn(
  <>
    <rect x="2.8" y="6.3" width="12.4" height="11.4" rx="2.6" />
    <path d="m15.2 10.7 4.7-2.9c.6-.4 1.3 0 1.3.7v7c0 .7-.7 1.1-1.3.7l-4.7-2.9" />
  </>,
)
export const VideoOffIcon = drawn(
  <>
    <path d="M15.2 13.3v1.8a2.6 2.6 0 0 1-2.6 2.6H5.4a2.6 2.6 0 0 1-2.6-2.6V8.9a2.6 2.6 0 0 1 2-2.5M9.5 6.3h3.1a2.6 2.6 0 0 1 2.6 2.6v1.8l4.7-2.9c.6-.4 1.3 0 1.3.7v7c0 .5-.4.9-.8.8" />
    <path d="m4 4 16 16" />
  </>,
)
export const MicrophoneIcon = drawn(
  <>
    <rect x="9" y="3.2" width="6" height="11.3" rx="3" />
    <path d="M5.7 11.5a6.3 6.3 0 0 0 12.6 0M12 17.8v3" />
  </>,
)
export const MicrophoneOffIcon = drawn(
  <>
    <path d="M9 9v2.5a3 3 0 0 0 4.7 2.5M15 11V6.2a3 3 0 0 0-5.7-1.3M5.7 11.5a6.3 6.3 0 0 0 10.3 4.9M18.3 11.5c0 .7-.1 1.3-.3 1.9M12 17.8v3" />
    <path d="m4 4 16 16" />
  </>,
)
export const ScreenIcon = drawn(
  <>
    <rect x="2.8" y="4.5" width="18.4" height="12.5" rx="2.2" />
    <path d="M8.5 20.5h7M12 13.7V8M9.4 10.4 12 7.8l2.6 2.6" />
  </>,
)
export const PictureIcon = drawn(
  <>
    <rect x="2.8" y="5" width="18.4" height="14" rx="2.2" />
    <rect x="11.5" y="11.5" width="6.5" height="4.5" rx="1" fill="currentColor" />
  </>,
)
export const ShrinkIcon = drawn(<path d="M20 4l-6.5 6.5M13.5 5v5.5H19M4 20l6.5-6.5M10.5 19v-5.5H5" />)
export const OutgoingIcon = drawn(<path d="M6.5 17.5 17 7M8.5 7H17v8.5" />)
export const IncomingIcon = drawn(<path d="M17.5 6.5 7 17M15.5 17H7V8.5" />)
export const MissedIcon = drawn(<path d="M4 8.5 12 16l8.5-8M14.5 8h6v6" />)

/** Three bars, of which as many are full as the connection deserves. */
export const QualityIcon = ({ bars }: { readonly bars: 0 | 1 | 2 | 3 }) => (
  <svg width="16" height="16" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true" focusable="false">
    <rect x="1.5" y="9.5" width="3" height="5" rx="1" opacity={bars > 0 ? 1 : 0.3} />
    <rect x="6.5" y="6" width="3" height="8.5" rx="1" opacity={bars > 1 ? 1 : 0.3} />
    <rect x="11.5" y="2" width="3" height="12.5" rx="1" opacity={bars > 2 ? 1 : 0.3} />
  </svg>
)

// Drawn on a grid of 24, lines of 1.8; they take the colour of the text around and are never read aloud.
import type { ComponentChildren } from 'preact'

/** An icon of these lines. */
export const drawn = (children: ComponentChildren, viewBox = '0 0 24 24') => {
  return ({ size = 22 }: { readonly size?: number }) => (
    <svg
      width={size}
      height={size}
      viewBox={viewBox}
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      {children}
    </svg>
  )
}

export const SearchIcon = drawn(
  <>
    <circle cx="11" cy="11" r="6.5" />
    <path d="m16 16 4.5 4.5" />
  </>,
)
export const CrossIcon = drawn(<path d="m6 6 12 12M18 6 6 18" />)
export const BackIcon = drawn(<path d="M14.5 5 7.5 12l7 7" />)
export const DownIcon = drawn(<path d="m5.5 9 6.5 6.5L18.5 9" />)
export const MentionIcon = drawn(
  <>
    <circle cx="12" cy="12" r="3.6" />
    <path d="M15.6 8.4v4.9c0 1.6 1 2.6 2.4 2.6s2.5-1.4 2.5-3.9a8.5 8.5 0 1 0-3.3 6.7" />
  </>,
)
export const SendIcon = drawn(<path d="M12 19.5V5M5.5 11.5 12 5l6.5 6.5" stroke-width="2.2" />)
export const SettingsIcon = drawn(
  <>
    <path d="M4 7h9M17.5 7H20M4 17h2.5M11 17h9" />
    <circle cx="15.3" cy="7" r="2.2" />
    <circle cx="8.7" cy="17" r="2.2" />
  </>,
)
export const EmojiIcon = drawn(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M8.5 14.2c.8 1.2 2 1.9 3.5 1.9s2.7-.7 3.5-1.9" />
    <path d="M9 9.5v.4M15 9.5v.4" stroke-width="2.2" />
  </>,
)
export const EyeIcon = drawn(
  <>
    <path d="M2.8 12S6 5.8 12 5.8 21.2 12 21.2 12 18 18.2 12 18.2 2.8 12 2.8 12z" />
    <circle cx="12" cy="12" r="2.8" />
  </>,
)
export const EyeOffIcon = drawn(
  <>
    <path d="M10 6c.6-.1 1.3-.2 2-.2 6 0 9.2 6.2 9.2 6.2a16 16 0 0 1-2.7 3.4M6.5 7.4A15 15 0 0 0 2.8 12S6 18.2 12 18.2c1.6 0 3-.4 4.2-1.1" />
    <path d="m4 4 16 16" />
  </>,
)
export const GlobeIcon = drawn(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M3.5 12h17M12 3.5c2.4 2.5 3.6 5.3 3.6 8.5s-1.2 6-3.6 8.5c-2.4-2.5-3.6-5.3-3.6-8.5s1.2-6 3.6-8.5z" />
  </>,
)
export const LinkIcon = drawn(
  <path d="M10 14a4 4 0 0 0 5.7 0l3-3A4 4 0 0 0 13 5.3l-1 1M14 10a4 4 0 0 0-5.7 0l-3 3a4 4 0 0 0 5.7 5.7l1-1" />,
)
export const CheckIcon = drawn(<path d="m5 12.5 4.5 4.5L19 7.5" />)
export const LeaveIcon = drawn(<path d="M14 4.5H7.5a2 2 0 0 0-2 2v11a2 2 0 0 0 2 2H14M10.5 12H20m-3.5-3.5L20 12l-3.5 3.5" />)
export const AlertIcon = drawn(
  <>
    <circle cx="12" cy="12" r="8.5" />
    <path d="M12 7.8v5M12 16v.2" stroke-width="2.2" />
  </>,
)

export const MoreIcon = drawn(<path d="M6 12v.1M12 12v.1M18 12v.1" stroke-width="2.6" />)
export const GroupIcon = drawn(
  <>
    <circle cx="9.5" cy="8.2" r="3.4" />
    <path d="M3.2 19c.5-3.4 2.9-5.3 6.3-5.3 2 0 3.7.7 4.8 1.9M18 13v6M15 16h6" />
  </>,
)

export const PeopleIcon = drawn(
  <>
    <circle cx="9" cy="8.2" r="3.4" />
    <path d="M2.7 19c.5-3.4 2.9-5.3 6.3-5.3s5.8 1.9 6.3 5.3M15.5 5.1a3.4 3.4 0 0 1 0 6.2M17.8 14.2c2 .7 3.2 2.4 3.5 4.8" />
  </>,
)

/** The state of a message, small: on a grid of 16. */
export const ContactsIcon = drawn(
  <>
    <path d="M7 4.5h11.5v15H7a1.5 1.5 0 0 1-1.5-1.5V6A1.5 1.5 0 0 1 7 4.5zM3.5 8.5h2M3.5 12h2M3.5 15.5h2" />
    <circle cx="12" cy="10" r="2" />
    <path d="M8.7 15.6a3.4 3.4 0 0 1 6.6 0" />
  </>,
)
export const PinIcon = drawn(<path d="m14.5 4 5.5 5.5-3.2.9-3.4 3.4-.5 4.2-7-7 4.2-.5 3.4-3.4zM8.6 15.4 4 20" />)
export const ReplyIcon = drawn(<path d="M9.5 6 4 11.5 9.5 17M4.5 11.5h9a6 6 0 0 1 6 6" />)
export const ForwardIcon = drawn(<path d="m14.5 6 5.5 5.5-5.5 5.5M19.5 11.5h-9a6 6 0 0 0-6 6" />)
export const CopyIcon = drawn(
  <>
    <rect x="8.5" y="8.5" width="11" height="11" rx="2.4" />
    <path d="M15.5 8.500V6.900A2.4 2.4 0 0 0 13.1 4.500H6.900A2.4 2.4 0 0 0 4.5 6.900v6.200a2.4 2.4 0 0 0 2.4 2.400h1.6" />
  </>,
)
export const PencilIcon = drawn(<path d="m5 19 .8-3.600L15.9 5.300a2 2 0 0 1 2.8 2.800L8.6 18.2 5 19ZM14.3 6.900l2.8 2.8" />)
export const BinIcon = drawn(<path d="M4.5 7h15M9.5 7V4.800h5V7M6.5 7l.8 12.200h9.400L17.5 7M10.3 10.500v5M13.7 10.500v5" />)
export const UndoIcon = drawn(<path d="M8.5 5 4.5 9l4 4M5 9h8.500a5.5 5.5 0 0 1 0 11H9" />)
export const ArchiveIcon = drawn(<path d="M4 5h16v4H4zM5.5 9v10h13V9M10 13h4" />)
export const UnreadIcon = drawn(
  <>
    <path d="M13 5H7.500A2.5 2.5 0 0 0 5 7.500v7A2.5 2.5 0 0 0 7.5 17H9v3l4-3h3.500a2.5 2.5 0 0 0 2.5-2.500V11" />
    <circle cx="18" cy="6" r="2.2" fill="currentColor" />
  </>,
)
export const BellIcon = drawn(<path d="M6.5 16.5h11l-1.2-2V10a4.3 4.3 0 0 0-8.6 0v4.5zM10 19.5h4M12 5.7V4" />)
export const BellOffIcon = drawn(<path d="M8 8.6V14l-1.5 2.5h9.8M16.3 13.2V10A4.3 4.3 0 0 0 9.6 6.4M10 19.5h4M4.5 4.5l15 15" />)
export const ClockMark = drawn(
  <>
    <circle cx="8" cy="8" r="5.7" stroke-width="1.4" />
    <path d="M8 5v3.2l2 1.2" stroke-width="1.4" />
  </>,
  '0 0 16 16',
)
export const TickMark = drawn(<path d="m3.2 8.6 3.2 3.2 6.4-7" stroke-width="1.6" />, '0 0 16 16')
export const TicksMark = drawn(<path d="m1.4 8.8 2.9 2.9 5.9-6.6M7.4 11.1l.7.6 6.1-6.8" stroke-width="1.5" />, '0 0 16 16')
export const FailMark = drawn(
  <>
    <circle cx="8" cy="8" r="6" stroke-width="1.4" />
    <path d="M8 4.8v3.7M8 11v.1" stroke-width="1.7" />
  </>,
  '0 0 16 16',
)

/** Parley's sign: two speech bubbles. */
export const Logo = ({ size = 56 }: { readonly size?: number }) => (
  <svg class="logo" width={size} height={size} viewBox="0 0 64 64" aria-hidden="true" focusable="false">
    <defs>
      <linearGradient id="logo-ground" x2="0" y2="1">
        <stop stop-color="#7b74f0" />
        <stop offset="1" stop-color="#4a44c2" />
      </linearGradient>
    </defs>
    <rect width="64" height="64" rx="15" fill="url(#logo-ground)" />
    <path
      d="M14 27.5c0-6.9 6.7-12.5 15-12.5s15 5.6 15 12.5S37.3 40 29 40c-1.9 0-3.7-.3-5.4-.8-1.9 1.4-4.6 2.6-7.6 2.8.9-1.5 1.6-3.4 1.7-5.3-2.3-2.3-3.7-5.6-3.7-9.2z"
      fill="#fff"
    />
    <path
      d="M47.4 29.4c2.3 1.9 3.6 4.6 3.6 7.6 0 2.6-1 5-2.7 6.9.1 1.7.7 3.4 1.6 4.7-2.5-.2-4.7-1.2-6.3-2.5-1.4.5-3 .7-4.6.7-4.3 0-8.1-1.9-10.2-4.8 9.6-.2 17.4-5.9 18.6-12.6z"
      fill="#fff"
      fill-opacity="0.62"
    />
  </svg>
)

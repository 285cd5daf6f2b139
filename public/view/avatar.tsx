import { signOf } from '../state/groups.ts'
import { colourOf, initials } from '../text/avatar.ts'

interface AvatarProps {
  readonly id: string
  readonly name: string
  readonly size?: 'tiny' | 'small' | 'large'
  /** Shows the dot; said in words elsewhere. */
  readonly isHere?: boolean
}

/** A person as a round sign. Never read aloud: the name stands beside it. */
export const Avatar = ({ id, name, size, isHere }: AvatarProps) => {
  const sign = signOf(id)
  const letters = sign?.letters ?? initials(name)
  const isDense = /^\p{Script=Han}{2}/u.test(letters)
  return (
    <span
      class={`avatar avatar--${sign?.colour ?? colourOf(id)} ${size ? `avatar--${size}` : ''} ${isDense ? 'avatar--dense' : ''}`}
      aria-hidden="true"
    >
      {letters}
      {isHere && <span class="avatar__here" />}
    </span>
  )
}

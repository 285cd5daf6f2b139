// What stands for a group instead of a picture: a letter or an emoji on a colour, kept in its `avatar` as `sign:<text>:<n>`.
import { avatarColours } from './avatar.ts'

/** The sign of a group. */
export interface Sign {
  readonly letters: string
  /** 0 … `avatarColours` − 1. */
  readonly colour: number
}

/** The sign in an `avatar`; `undefined` where there is something else. */
export const toSign = (avatar: string | undefined): Sign | undefined => {
  const [, letters, colour] = /^sign:([^:]{1,12}):(\d{1,2})$/u.exec(avatar ?? '') ?? []
  return letters !== undefined && Number(colour) < avatarColours ? { letters, colour: Number(colour) } : undefined
}

/** The `avatar` for a sign: at most two characters of it. */
export const fromSign = ({ letters, colour }: Sign): string => {
  const characters = Array.from(new Intl.Segmenter().segment(letters.replaceAll(':', '').trim()), ({ segment }) => segment)
  return characters.length === 0 ? '' : `sign:${characters.slice(0, 2).join('').slice(0, 12)}:${colour}`
}

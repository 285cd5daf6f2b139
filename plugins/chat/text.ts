import { coreErrors } from '#core'
import { errors } from './errors.ts'
import type { Entity } from './tables.ts'

/** What a text must keep to. */
export interface TextRules {
  /** Characters (UTF-16 units) of one message. */
  readonly maxText: number
}

/** The text as it is stored: well-formed, without NUL, which Postgres cannot keep. Throws `CHAT_TEXT_EMPTY`, `CHAT_TEXT_TOO_LONG`. */
export const checkText = (text: string, { maxText }: TextRules): string => {
  const wellFormed = text.toWellFormed().replaceAll('\0', '\uFFFD')
  if (wellFormed.trim() === '') throw errors.TEXT_EMPTY().with({ path: '/data/text' })
  if (text.length > maxText) throw errors.TEXT_TOO_LONG({ length: text.length, limit: maxText }).with({ path: '/data/text' })
  return wellFormed
}

const draftLength = 4_096

/** A draft as it is stored: as `checkText`, but it may be empty. */
export const checkDraft = (text: string): string => (text.trim() === '' ? '' : checkText(text, { maxText: draftLength }))

/** Each part lies within the text. Throws `CORE_BAD_FIELD`. */
export const checkEntities = (entities: readonly Entity[], text: string): void => {
  const at = entities.findIndex(({ offset, length }) => offset + length > text.length)
  if (at < 0) return
  const path = `/data/entities/${at}`
  throw coreErrors.BAD_FIELD({ reason: `${path}: it ends behind the text` }).with({ path })
}

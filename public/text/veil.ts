// Hidden words stay hidden where a text is told in a line of its own: in lists, quotes and notifications. Pure.
import type { TextEntity } from '../../src/client/index.ts'

/** The text with its hidden words covered; their length is not kept a secret. */
export const veil = (text: string, entities: readonly TextEntity[] = []): string =>
  entities
    .filter(({ type }) => type === 'spoiler')
    .reduce((shown, { offset, length }) => {
      const hidden = shown.slice(offset, offset + length)
      return shown.slice(0, offset) + hidden.replace(/\S/g, '▒') + shown.slice(offset + length)
    }, text)

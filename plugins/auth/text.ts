/** Whether a value is text that both databases store and an index bears: 1–255 characters, no controls, well-formed. */
export const isShort = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= 255 && !/\p{Cc}/u.test(value) && value.isWellFormed()

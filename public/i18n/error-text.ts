import type { Dictionary } from './en.ts'

/** Why something did not work, in words; for a code that the page has none for, that it did not. */
export const errorText = (code: string | undefined, words: Dictionary): string => {
  const known: Readonly<Record<string, string>> = words.errors
  return (code !== undefined && known[code]) || words.somethingWrong
}

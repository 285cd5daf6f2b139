// How text becomes words, the same for what is indexed and for what is asked, so that both databases find the same. Scripts
// that put no spaces between words are cut into single characters and pairs of them: what is asked is found where all its
// pairs stand, and whether they stand next to each other is looked up in the message.

/** Part of a text, in UTF-16 units. */
export interface Span {
  readonly offset: number
  readonly length: number
}

/** One thing that a message has to hold: a word, or characters that stand in a row. */
export interface Term {
  /** Folded: a word, or one entry per character. */
  readonly parts: readonly string[]
  readonly isRow: boolean
}

interface Piece extends Span {
  readonly text: string
  readonly isRow: boolean
}

// Base64 and the like: nobody looks for all of it.
const wordLength = 64
const spanLimit = 50

const runs = /[\p{L}\p{N}\p{M}]+/gu
const unspaced = ['Han', 'Hiragana', 'Katakana', 'Hangul', 'Bopomofo', 'Thai', 'Lao', 'Khmer', 'Myanmar', 'Tibetan']
  .map((name) => `\\p{Script=${name}}`)
  .join('')
// The sign that lengthens a vowel belongs to two scripts, so to none.
const pieces = new RegExp(`[${unspaced}\\u30fc]+|[^${unspaced}\\u30fc]+`, 'gu')
const inUnspaced = new RegExp(`^[${unspaced}\\u30fc]`, 'u')
const outside = /[^\p{L}\p{N}\p{M}]+/gu
const accents = /[\u0300-\u036f]/g

/** One spelling for what people take for the same: case, width, ligatures, accents of letters that have cases. */
const fold = (text: string): string => text.normalize('NFKD').replace(accents, '').normalize('NFC').toLowerCase().replace(outside, '')

const ascii = /^[\0-\x7f]*$/
const asciiWords = /[a-z0-9]+/g

function* piecesOf(text: string): Generator<Piece> {
  for (const run of text.matchAll(runs)) {
    for (const { 0: part, index } of run[0].matchAll(pieces)) {
      yield { text: part, offset: run.index + index, length: part.length, isRow: inUnspaced.test(part) }
    }
  }
}

const wordOf = (text: string): string => [...fold(text)].slice(0, wordLength).join('')

/** The words under which a text is found, each once. None of them holds anything but letters, digits and marks. */
export const wordsOf = (text: string): ReadonlySet<string> => {
  if (ascii.test(text))
    return new Set(
      text
        .toLowerCase()
        .match(asciiWords)
        ?.map((word) => word.slice(0, wordLength)),
    )
  const words = new Set<string>()
  for (const { text: part, isRow } of piecesOf(text)) {
    if (isRow) for (const word of gramsOf(charactersOf(part))) words.add(word)
    else words.add(wordOf(part))
  }
  words.delete('')
  return words
}

/** What is asked for, each thing once; empty if it holds nothing that could be found. */
export const termsOf = (text: string): readonly Term[] => {
  const terms = new Map<string, Term>()
  for (const { text: part, isRow } of piecesOf(text)) {
    const parts = isRow ? charactersOf(part) : [wordOf(part)]
    if (parts.join('') !== '') terms.set(`${isRow} ${parts.join('')}`, { parts, isRow })
  }
  return [...terms.values()]
}

/** The words that every message holds in which the term can be. */
export const wordsOfTerm = ({ parts, isRow }: Term): readonly string[] => {
  if (!isRow || parts.length === 1) return parts
  return parts.slice(1).map((part, at) => `${parts[at]}${part}`)
}

/** Where the terms stand in a text, in its order; `undefined` if one of them does not. Folds the text once, however many they are. */
export const spansOf = (text: string, terms: readonly Term[]): readonly Span[] | undefined => {
  const words = new Map<string, Span[]>()
  const rows: Character[][] = []
  for (const piece of piecesOf(text)) {
    const { offset, length } = piece
    const word = piece.isRow ? '' : wordOf(piece.text)
    if (piece.isRow) rows.push(charactersIn(piece))
    else if (words.get(word)?.push({ offset, length }) === undefined) words.set(word, [{ offset, length }])
  }
  const spans: Span[] = []
  for (const { parts, isRow } of terms) {
    const found = isRow ? rows.flatMap((row) => spansIn(row, parts)) : words.get(parts[0] ?? '')
    if (!found || found.length === 0) return undefined
    spans.push(...found.slice(0, spanLimit))
  }
  return spans.toSorted((a, b) => a.offset - b.offset || b.length - a.length).slice(0, spanLimit)
}

// The usual characters of Chinese, Japanese and Korean are spelled in one way only.
const plain = /^[\u4e00-\u9fff\u3041-\u3096\u30a1-\u30fa\u30fc\uac00-\ud7a3]$/

const foldCharacter = (character: string): string => (plain.test(character) ? character : fold(character))

const charactersOf = (text: string): string[] => [...text].map(foldCharacter).filter((character) => character !== '')

const gramsOf = (characters: readonly string[]): string[] => [
  ...characters,
  ...characters.slice(1).map((character, at) => `${characters[at]}${character}`),
]

/** A character of a text, folded; a span of it. */
interface Character extends Span {
  readonly folded: string
}

const charactersIn = ({ text, offset }: Piece): Character[] => {
  const characters: Character[] = []
  let at = offset
  for (const character of text) {
    const folded = foldCharacter(character)
    if (folded !== '') characters.push({ folded, offset: at, length: character.length })
    at += character.length
  }
  return characters
}

const spansIn = (row: readonly Character[], parts: readonly string[]): Span[] => {
  const spans: Span[] = []
  for (let start = 0; start + parts.length <= row.length && spans.length < spanLimit; start++) {
    if (!parts.every((part, i) => row[start + i]?.folded === part)) continue
    const [first, last] = [row[start], row[start + parts.length - 1]]
    if (first && last) spans.push({ offset: first.offset, length: last.offset + last.length - first.offset })
  }
  return spans
}

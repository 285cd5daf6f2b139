// Text with entities (PROTOCOL.md, section 11) as people see it and as they type it: marks like **bold** become entities
// when a message is sent, and marks again when it is edited. Everything is shown as text nodes; nothing becomes markup.
import type { TextEntity } from '../../src/client/index.ts'
import { linkify } from './linkify.ts'

/** A stretch of a text under the same entities. */
export interface Piece {
  readonly text: string
  readonly styles: readonly TextEntity['type'][]
  /** Of a mention. */
  readonly user?: string
  /** Of a link. */
  readonly href?: string
}

/** A text and what its parts are. */
export interface Rich {
  readonly text: string
  readonly entities: readonly TextEntity[]
}

const schemes = /^(?:https?:\/\/|mailto:)/i
const unlinked: ReadonlySet<string> = new Set(['code', 'pre', 'link', 'mention', 'all'])

const toPieces = (text: string, covering: readonly TextEntity[]): readonly Piece[] => {
  const styles = covering.map(({ type }) => type)
  const user = covering.find(({ type }) => type === 'mention')?.user
  const url = covering.find(({ type }) => type === 'link')?.url
  const piece = { text, styles, ...(user !== undefined && { user }), ...(url !== undefined && schemes.test(url) && { href: url }) }
  return styles.some((style) => unlinked.has(style)) ? [piece] : linkify(text).map((part) => ({ ...piece, ...part }))
}

/** Cut a text where its entities begin and end. The pieces' texts together are the text. */
export const pieces = (text: string, entities: readonly TextEntity[]): readonly Piece[] => {
  const cuts = new Set([0, text.length])
  for (const { offset, length } of entities) {
    cuts.add(Math.min(offset, text.length))
    cuts.add(Math.min(offset + length, text.length))
  }
  const at = [...cuts].sort((a, b) => a - b)
  return at.slice(1).flatMap((end, i) => {
    const start = at[i] ?? 0
    const covering = entities.filter(({ offset, length }) => offset <= start && offset + length >= end)
    return toPieces(text.slice(start, end), covering)
  })
}

interface Rule {
  readonly type: TextEntity['type']
  readonly shape: RegExp
  /** Whether marks inside are nothing but text. */
  readonly isRaw?: boolean
}

const rules: readonly Rule[] = [
  { type: 'pre', shape: /```\n?([\s\S]*?\S[\s\S]*?)\n?```/y, isRaw: true },
  { type: 'code', shape: /`([^`\n]+)`/y, isRaw: true },
  { type: 'link', shape: /\[([^\]\n]+)\]\(((?:https?:\/\/|mailto:)[^\s)]+)\)/iy },
  { type: 'bold', shape: /\*\*(?=\S)([\s\S]*?\S)\*\*/y },
  { type: 'strike', shape: /~~(?=\S)([\s\S]*?\S)~~/y },
  { type: 'spoiler', shape: /\|\|(?=\S)([\s\S]*?\S)\|\|/y },
  { type: 'italic', shape: /(?<![\p{L}\p{N}_])_(?=\S)([^\n]*?[^\s_])_(?![\p{L}\p{N}_])/uy },
]

/** The most entities of one message. */
const mostEntities = 50

const matchAt = (source: string, at: number): { rule: Rule; match: RegExpExecArray } | undefined => {
  for (const rule of rules) {
    rule.shape.lastIndex = at
    const match = rule.shape.exec(source)
    if (match) return { rule, match }
  }
  return undefined
}

const read = (source: string, out: { text: string; entities: TextEntity[] }): void => {
  for (let at = 0; at < source.length; ) {
    const found = '`[*~|_'.includes(source[at] ?? '') ? matchAt(source, at) : undefined
    if (!found) {
      out.text += source[at++]
      continue
    }
    const { rule, match } = found
    const [whole, inner = '', url] = match
    const offset = out.text.length
    if (rule.isRaw) out.text += inner
    else read(inner, out)
    out.entities.push({ type: rule.type, offset, length: out.text.length - offset, ...(rule.type === 'link' && url && { url }) })
    at += whole.length
  }
}

/** What was typed, with its marks turned into entities. */
export const fromMarks = (source: string): Rich => {
  const out = { text: '', entities: [] as TextEntity[] }
  read(source, out)
  return out.entities.length > mostEntities ? { text: source, entities: [] } : out
}

const marks: Readonly<Partial<Record<TextEntity['type'], string>>> = {
  code: '`',
  pre: '```',
  bold: '**',
  strike: '~~',
  spoiler: '||',
  italic: '_',
}

/** A text as it would be typed. */
export const toMarks = ({ text, entities }: Rich): string => {
  const marked = entities.filter(({ type }) => marks[type] !== undefined || type === 'link')
  const edges = marked.flatMap((entity) => {
    const mark = marks[entity.type] ?? ''
    const [open, close] = entity.type === 'link' ? ['[', `](${entity.url ?? ''})`] : [mark, mark]
    // At the same place the longer one is opened first and closed last.
    return [
      { at: entity.offset, text: open, rank: entity.length === 0 ? 0 : 1e6 - entity.length },
      { at: entity.offset + entity.length, text: close, rank: entity.length - 1e6 },
    ]
  })
  edges.sort((a, b) => b.at - a.at || b.rank - a.rank)
  let out = text
  for (const edge of edges) out = out.slice(0, edge.at) + edge.text + out.slice(edge.at)
  return out
}

/** Somebody who can be mentioned. */
export interface Mentionable {
  readonly id: string
  readonly name: string
}

const isWord = (char: string | undefined): boolean => char !== undefined && /[\p{L}\p{N}_]/u.test(char)
const isHan = (char: string | undefined): boolean => char !== undefined && /\p{Script=Han}/u.test(char)

/** Entities for every `@name` of these people in a text that is not code; of two who match, the longer name. */
export const mentionsIn = (
  { text, entities }: Rich,
  people: readonly Mentionable[],
  everybody: string | undefined,
): readonly TextEntity[] => {
  const byLength = [...people].sort((a, b) => b.name.length - a.name.length)
  const found: TextEntity[] = []
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const isCode = entities.some(({ type, offset, length }) => (type === 'code' || type === 'pre') && at >= offset && at < offset + length)
    const before = text[at - 1]
    if (isCode || (isWord(before) && !isHan(before))) continue
    const fits = (name: string): boolean => {
      const after = text[at + 1 + name.length]
      return text.startsWith(name, at + 1) && (!isWord(after) || isHan(after))
    }
    const person = byLength.find(({ name }) => name !== '' && fits(name))
    if (person) found.push({ type: 'mention', offset: at, length: person.name.length + 1, user: person.id })
    else if (everybody !== undefined && fits(everybody)) found.push({ type: 'all', offset: at, length: everybody.length + 1 })
  }
  return found.slice(0, Math.max(0, mostEntities - entities.length))
}

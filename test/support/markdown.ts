// Reads the documents the way the tests look at them: headings, links and fenced code, nothing else of Markdown.

/** A fenced block. */
export interface Block {
  /** The first word after the fence. */
  readonly language: string
  /** `file=…` and the like after the language. */
  readonly attributes: Readonly<Record<string, string>>
  readonly text: string
  /** The heading it stands under. */
  readonly heading: string
}

/** A heading, and the anchor that it has on a page. */
export interface Heading {
  readonly level: number
  readonly text: string
  readonly anchor: string
}

const fence = /^```(\S*) ?(.*)$/
const heading = /^(#{1,6}) (.+)$/

/** As GitHub makes them: lower case, punctuation gone, spaces to hyphens. */
export const anchorOf = (text: string): string =>
  text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M} _-]/gu, '')
    .replace(/ /g, '-')

const attributesOf = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split(' ')
      .filter(Boolean)
      .map((part) => part.split('=') as [string, string?])
      .map(([name, value = '']) => [name, value]),
  )

/** The blocks of a document, and the text without them. */
export const readBlocks = (markdown: string): { readonly blocks: readonly Block[]; readonly prose: string } => {
  const blocks: Block[] = []
  const prose: string[] = []
  let open: { start: RegExpExecArray; lines: string[] } | undefined
  let under = ''
  for (const line of markdown.split('\n')) {
    const start = fence.exec(line)
    if (open && line === '```') {
      const [, language = '', rest = ''] = open.start
      blocks.push({ language, attributes: attributesOf(rest), text: `${open.lines.join('\n')}\n`, heading: under })
      open = undefined
    } else if (open) open.lines.push(line)
    else if (start) open = { start, lines: [] }
    else {
      under = heading.exec(line)?.[2] ?? under
      prose.push(line)
    }
  }
  return { blocks, prose: prose.join('\n') }
}

/** The headings of a document, in order. */
export const readHeadings = (markdown: string): readonly Heading[] => {
  const seen = new Map<string, number>()
  return readBlocks(markdown)
    .prose.split('\n')
    .flatMap((line) => {
      const [, marks, text] = heading.exec(line) ?? []
      if (marks === undefined || text === undefined) return []
      const plain = anchorOf(text)
      const count = seen.get(plain) ?? 0
      seen.set(plain, count + 1)
      return [{ level: marks.length, text, anchor: count === 0 ? plain : `${plain}-${count}` }]
    })
}

/** Targets of links and pictures outside of code. */
export const readLinks = (markdown: string): readonly string[] => {
  const text = readBlocks(markdown).prose.replace(/`[^`]*`/g, '')
  const inline = [...text.matchAll(/\]\(([^()\s]+(?:\([^()]*\))?)\)/g)].map((match) => match[1] as string)
  const html = [...text.matchAll(/(?:src|href|srcset)="([^"]+)"/g)].map((match) => match[1] as string)
  return [...inline, ...html]
}

/** The rows of every table under a heading, as cells without their backticks. */
export const readTable = (markdown: string, under: string): readonly (readonly string[])[] => {
  const lines = readBlocks(markdown).prose.split('\n')
  const start = lines.findIndex((line) => heading.exec(line)?.[2] === under)
  if (start === -1) throw new Error(`there is no heading ${under}`)
  const end = lines.findIndex((line, at) => at > start && heading.test(line))
  return lines
    .slice(start, end === -1 ? undefined : end)
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    )
}

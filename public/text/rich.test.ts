import { describe, expect, test } from 'bun:test'
import { fromMarks, mentionsIn, pieces, toMarks } from './rich.ts'

const shown = (source: string): string =>
  pieces(fromMarks(source).text, fromMarks(source).entities)
    .map(({ text, styles }) => (styles.length > 0 ? `<${[...styles].sort().join(' ')}:${text}>` : text))
    .join('')

describe('marks in a text', () => {
  test.each([
    ['**bold** and _italic_', '<bold:bold> and <italic:italic>'],
    ['~~gone~~ ||secret||', '<strike:gone> <spoiler:secret>'],
    ['`a ** b ** c`', '<code:a ** b ** c>'],
    ['```\nline 1\nline 2\n```', '<pre:line 1\nline 2>'],
    ['**bold _and italic_**', '<bold:bold ><bold italic:and italic>'],
    ['[here](https://example.org/a_b_c)', '<link:here>'],
    ['[here](javascript:alert(1))', '[here](javascript:alert(1))'],
    ['snake_case_name and 2 ** 3 ** 4', 'snake_case_name and 2 ** 3 ** 4'],
    ['**open', '**open'],
    ['他说**很好**。', '他说<bold:很好>。'],
  ])('%j is shown as %j', (source, expected) => expect(shown(source)).toBe(expected))

  test.each(['**a _b_** `c` ~~d~~ ||e|| [f](https://g.example/)', '```\ncode\n```'])('%j is the same again when it is edited', (source) => {
    const rich = fromMarks(source)
    expect(fromMarks(toMarks(rich))).toEqual(rich)
  })

  test('addresses in plain text are links, in code they are not', () => {
    const found = (source: string) => pieces(fromMarks(source).text, fromMarks(source).entities).map(({ href }) => href)
    expect(found('see https://example.org')).toEqual([undefined, 'https://example.org/'])
    expect(found('`https://example.org`')).toEqual([undefined])
  })

  test('an address that is none is not followed', () => {
    const entities = [{ type: 'link', offset: 0, length: 4, url: 'javascript:1' }] as const
    expect(pieces('text', entities)).toEqual([{ text: 'text', styles: ['link'] }])
  })
})

describe('mentions', () => {
  const people = [
    { id: 'U1', name: 'Ann' },
    { id: 'U2', name: 'Ann Lee' },
    { id: 'U3', name: '小明' },
  ]
  const found = (source: string, everybody?: string) =>
    mentionsIn(fromMarks(source), people, everybody).map(({ type, offset, length, user }) => [user ?? type, offset, length])

  test('are names behind an @, the longest that fits', () => {
    expect(found('@Ann Lee, and @Ann!')).toEqual([
      ['U2', 0, 8],
      ['U1', 14, 4],
    ])
    expect(found('请@小明看看')).toEqual([['U3', 1, 3]])
  })

  test('are neither in a longer word, nor in an address, nor in code', () => {
    expect(found('@Anna and mail@Ann and `@Ann`')).toEqual([])
  })

  test('of everybody are for whom that is allowed', () => {
    expect(found('@all come')).toEqual([])
    expect(found('@all come', 'all')).toEqual([['all', 0, 4]])
  })
})

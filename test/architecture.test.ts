// The shape of the code, held: DESIGN's six rules and CONVENTIONS' sizes. Each rule is also tried on a few wrong lines, so
// that it is known to be able to fail.
import { beforeAll, describe, expect, test } from 'bun:test'
import { rules } from './support/architecture/rules.ts'
import { fileLines, functionsOf } from './support/architecture/size.ts'
import { parse, readRepository, type Source } from './support/architecture/source.ts'

let repository: readonly Source[] = []
beforeAll(async () => {
  repository = await readRepository()
})

describe('the repository', () => {
  test.each(rules)('%s', (_, rule) => {
    expect(rule(repository)).toEqual([])
  })

  test('was read: its core is there', () => {
    expect(repository.map(({ path }) => path)).toContain('src/plugin.ts')
  })

  test('prints its ten largest files and functions', () => {
    const code = repository.filter(({ path }) => /^(src|plugins|public|scripts)\//.test(path) && !path.endsWith('.test.ts'))
    const files = code.map((source) => [source.path, fileLines(source)] as const).sort((a, b) => b[1] - a[1])
    const functions = code.flatMap(functionsOf).sort((a, b) => b.lines - a.lines)
    console.log(['largest files', ...files.slice(0, 10).map(([path, count]) => `${String(count).padStart(5)}  ${path}`)].join('\n'))
    console.log(
      [
        'largest functions',
        ...functions.slice(0, 10).map(({ name, place, lines: count }) => `${String(count).padStart(5)}  ${name}  ${place}`),
      ].join('\n'),
    )
    expect(files.length).toBeGreaterThan(10)
  })
})

describe('the rule objects to a wrong example and leaves a right one alone', () => {
  test.each(rules)('%s', async (_, rule, { faults, wrong, right }) => {
    const objections = rule(await parse(wrong))
    expect(objections.length, objections.join('\n')).toBe(faults)
    expect(rule(await parse(right))).toEqual([])
  })
})

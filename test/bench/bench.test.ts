// Whether the benchmark works at all. Its figures are nobody's business here: they belong to a quiet machine.
import { afterAll, expect, test } from 'bun:test'
import { describeUnless } from '../support/skip.ts'
import { quickEffort, startBench } from './bench.ts'
import { noLoad } from './load.ts'
import { atLeast, atMost, jsonLine, median, type Report, spread, table } from './report.ts'
import { rows } from './rows.ts'

const rowMs = 60_000

describeUnless(noLoad)('every row of the benchmark', () => {
  const bench = startBench(quickEffort)
  afterAll(() => bench[Symbol.dispose]())

  for (const [name, row] of Object.entries(rows)) {
    test(
      `${name} measures its load and loses nothing`,
      async () => {
        const report = await row(bench)
        const values = Object.values(report.figures).flatMap((figures) => Object.values(figures).flat())
        expect(values.length).toBeGreaterThan(0)
        expect(values.filter((value) => !Number.isFinite(value))).toEqual([])
        expect(report.checks.filter(({ what, isMet }) => what.includes('lost') && !isMet)).toEqual([])
        expect(JSON.parse(jsonLine(report)).row).toBe(name)
      },
      rowMs,
    )
  }
})

const report: Report = {
  row: 'a',
  work: 'some work',
  figures: { parley: { ms: [3, 1, 2] } },
  checks: [atMost('time', 2, 1, 'ms'), atLeast('speed', 2, 1, 'a second')],
}

test('the middle counts, and the spread is shown beside it', () => {
  expect(median([3, 1, 2])).toBe(2)
  expect(median([4, 1, 2, 3])).toBe(2.5)
  expect(median([])).toBeNaN()
  expect(spread([3, 1, 2])).toBe('2 [1–3]')
  expect(spread([1234.5])).toBe('1,235')
})

test('a figure beyond its target is marked as missed', () => {
  const text = table(report)
  expect(text).toContain('✗ time: 2, target ≤ 1 ms')
  expect(text).toContain('✓ speed: 2, target ≥ 1 a second')
})

test('the line for machines has every figure and its median', () => {
  expect(JSON.parse(jsonLine(report)).figures).toEqual({ parley: { ms: { median: 2, values: [3, 1, 2] } } })
})

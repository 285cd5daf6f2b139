// What a row found: one JSON line for machines, then a table for people.

/** What was measured of one contender: each figure as often as it was taken. */
export type Figures = Readonly<Record<string, readonly number[]>>

/** One figure held against its target. */
export interface Check {
  readonly what: string
  readonly value: number
  /** As people read it: `≤ 1.2 ×`. */
  readonly target: string
  readonly isMet: boolean
}

/** One row. */
export interface Report {
  readonly row: string
  readonly work: string
  /** By contender. */
  readonly figures: Readonly<Record<string, Figures>>
  readonly checks: readonly Check[]
}

const sorted = (values: readonly number[]): number[] => [...values].sort((a, b) => a - b)

/** The middle value; of an even number of them the mean of the two in the middle. `NaN` for none. */
export const median = (values: readonly number[]): number => {
  const all = sorted(values)
  const middle = all.length >> 1
  const upper = all[middle] ?? Number.NaN
  return all.length % 2 === 1 ? upper : ((all[middle - 1] ?? Number.NaN) + upper) / 2
}

/** A check that `value` is at most `limit`. */
export const atMost = (what: string, value: number, limit: number, unit: string): Check => ({
  what,
  value,
  target: `≤ ${limit.toLocaleString('en')} ${unit}`,
  isMet: value <= limit,
})

/** A check that `value` is at least `limit`. */
export const atLeast = (what: string, value: number, limit: number, unit: string): Check => ({
  what,
  value,
  target: `≥ ${limit.toLocaleString('en')} ${unit}`,
  isMet: value >= limit,
})

const rounded = (value: number): string => {
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}

/** `1.04 [1.01–1.1]`: the median and the spread. */
export const spread = (values: readonly number[]): string => {
  const all = sorted(values)
  if (all.length < 2) return rounded(all[0] ?? Number.NaN)
  return `${rounded(median(all))} [${rounded(all[0] ?? Number.NaN)}–${rounded(all.at(-1) ?? Number.NaN)}]`
}

/** One line of JSON. */
export const jsonLine = ({ row, work, figures, checks }: Report): string => {
  const summary = Object.entries(figures).map(([who, named]) => {
    const medians = Object.entries(named).map(([name, values]) => [name, { median: median(values), values }])
    return [who, Object.fromEntries(medians)]
  })
  return JSON.stringify({ row, work, figures: Object.fromEntries(summary), checks })
}

/** The same for people. */
export const table = ({ work, figures, checks }: Report): string => {
  const lines = [`\n${work}`]
  const width = Math.max(20, ...Object.keys(figures).map((who) => who.length + 2))
  for (const [who, named] of Object.entries(figures)) {
    const cells = Object.entries(named).map(([name, values]) => `${name} ${spread(values)}`)
    lines.push(`  ${who.padEnd(width)}${cells.join('   ')}`)
  }
  for (const { what, value, target, isMet } of checks) lines.push(`  ${isMet ? '✓' : '✗'} ${what}: ${rounded(value)}, target ${target}`)
  return lines.join('\n')
}

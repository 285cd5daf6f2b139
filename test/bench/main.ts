// `npm run bench`: every row of README.md, against a bare Bun.serve, ws and Socket.IO in the same run.
//   --quick            one second per row, once: does it work at all?
//   --rows a,b         some rows only
//   --secs, --repeats  another length or number
import { parseArgs } from 'node:util'
import { type Bench, fullEffort, quickEffort, startBench } from './bench.ts'
import { missing } from './contenders.ts'
import { noLoad } from './load.ts'
import { jsonLine, type Report, table } from './report.ts'
import { rows } from './rows.ts'

const options = {
  quick: { type: 'boolean', default: false },
  rows: { type: 'string' },
  secs: { type: 'string' },
  repeats: { type: 'string' },
} as const

const say = (text: string): void => void process.stdout.write(`${text}\n`)

/** Measure some rows one after another. */
export const runRows = async (bench: Bench, names: readonly string[]): Promise<Report[]> => {
  const reports: Report[] = []
  for (const name of names) {
    const row = rows[name]
    if (!row) throw new Error(`there is no row ${name}; there are ${Object.keys(rows).join(', ')}`)
    const report = await row(bench)
    say(jsonLine(report))
    reports.push(report)
  }
  return reports
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({ args: process.argv.slice(2), options })
  if (noLoad !== undefined) throw new Error(noLoad)
  if (missing !== undefined) say(missing)
  const effort = values.quick ? quickEffort : fullEffort
  using bench = startBench({
    ...effort,
    secs: Number(values.secs ?? effort.secs),
    repeats: Number(values.repeats ?? effort.repeats),
  })
  const reports = await runRows(bench, values.rows?.split(',') ?? Object.keys(rows))
  for (const report of reports) say(table(report))
}

if (import.meta.main) await main()

// `npm run check:history FILE`: hold a recorded history against the rules. Exit code 0 valid, 1 invalid, 2 unknown.
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { check, describeVerdict } from './checker.ts'
import { readHistory } from './event.ts'

const { values, positionals } = parseArgs({ options: { least: { type: 'string', default: '1000' } }, allowPositionals: true })
const [file] = positionals
if (file === undefined) {
  process.stderr.write('usage: npm run check:history -- [--least 1000] FILE\n')
  process.exit(64)
}
const verdict = check(readHistory(readFileSync(file, 'utf8')), Number(values.least))
process.stdout.write(`${describeVerdict(verdict)}\n`)
process.exit({ valid: 0, invalid: 1, unknown: 2 }[verdict.result])

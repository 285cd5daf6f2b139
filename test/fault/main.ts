// `npm run test:fault`: the long form of every scene, one after another; `npm run test:fault -- kill,power` picks some.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'

const suffix = '.test.ts'
/** Scenes that need browsers stand where the other tests with browsers do. */
const elsewhere: ReadonlyMap<string, string> = new Map([['crossing', join(import.meta.dir, '../e2e/calls/crossing.test.ts')]])
const here = readdirSync(import.meta.dir)
  .filter((name) => name.endsWith(suffix))
  .map((name) => name.slice(0, -suffix.length))
const all = [...here, ...elsewhere.keys()].sort()

const say = (text: string): void => void process.stdout.write(`${text}\n`)

const wanted = process.argv.slice(2).flatMap((argument) => argument.split(','))
const strangers = wanted.filter((name) => !all.includes(name))
if (strangers.length > 0) {
  say(`There is no scene ${strangers.join(', ')}; there are ${all.join(', ')}.`)
  process.exit(64)
}

const failed: string[] = []
for (const name of wanted.length > 0 ? wanted : all) {
  say(`\n── ${name} ──`)
  const startedAt = performance.now()
  const command = [process.execPath, 'test', '--timeout=60000', elsewhere.get(name) ?? join(import.meta.dir, name + suffix)]
  const child = Bun.spawn(command, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, PARLEY_FAULT: 'long' } })
  if ((await child.exited) !== 0) failed.push(name)
  say(`── ${name}: ${failed.includes(name) ? 'failed' : 'passed'} in ${((performance.now() - startedAt) / 1_000).toFixed(1)} s`)
}
say(failed.length === 0 ? '\nEvery scene passed.' : `\nFailed: ${failed.join(', ')}`)
process.exit(failed.length === 0 ? 0 : 1)

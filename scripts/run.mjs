#!/usr/bin/env node
// The one way in: `npm start`, `npm test` and the rest come here. Plain JavaScript without dependencies,
// because on a fresh machine this runs before anything is installed, on Node ≥ 20 or on Bun itself.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { exitCode, run } from './process.mjs'
import { findBun, install, root, SetupError } from './setup.mjs'

/** Files handed to Bun, in order; all of them run, and the first that fails decides the exit code. */
const commands = {
  start: { says: 'start the server (http://localhost:8787)', steps: [['src/main.ts']] },
  doctor: { says: 'print every setting with its origin and test what it points to', steps: [['src/main.ts', 'doctor']] },
  test: { says: 'run every test, or those below a path: npm test -- test/contract', steps: [['scripts/test/main.ts']] },
  check: {
    says: 'types, lint and the architecture rules',
    steps: [
      ['node_modules/typescript/bin/tsc', '--noEmit'],
      ['node_modules/@biomejs/biome/bin/biome', 'ci', '--error-on-warnings'],
      ['test', './test/architecture.test.ts'],
    ],
  },
  build: { says: 'write dist/parley.js (one file), dist/parley (executable) and dist/parley-client.js', steps: [['scripts/build.ts']] },
  generate: { says: 'write the SQL migrations that the plugins’ tables ask for', steps: [['scripts/generate.ts']] },
  example: { says: 'run a file with the Bun that is installed: npm run example -- examples/connect.ts', steps: [['run']] },
  bench: { says: 'measure speed and memory', steps: [['test/bench/main.ts']] },
  fault: { says: 'the long form of the fault tests, or of some: npm run test:fault -- kill,power', steps: [['test/fault/main.ts']] },
  history: { says: 'check a recorded history: npm run check:history -- FILE', steps: [['test/fault/check/main.ts']] },
}

const usage = () => {
  const rows = Object.entries(commands).map(([name, { says }]) => `  ${name.padEnd(10)}${says}`)
  return ['usage: node scripts/run.mjs <command> [-- arguments]', '', ...rows, ''].join('\n')
}

/** Arguments meant for the command itself; npm and bun differ in whether they keep the `--`. */
const passedOn = (args) => (args[0] === '--' ? args.slice(1) : args)

const runSteps = async (bun, { steps, env }, args) => {
  const extra = steps.length === 1 ? args : []
  let failed = 0
  for (const step of steps) {
    const ended = await run(bun, [...step, ...extra], { cwd: root, env: { ...process.env, ...env } })
    failed ||= exitCode(ended)
  }
  return failed
}

const main = async ([name, ...rest]) => {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(usage())
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) {
    process.stderr.write(`There is no command “${name}”.\n\n${usage()}`)
    return 2
  }
  await install()
  const missing = command.steps.map(([file]) => file).find((file) => file.includes('/') && !existsSync(join(root, file)))
  if (missing) throw new SetupError(`${missing} is not in this checkout, so “${name}” cannot run here.`)
  return runSteps(await findBun(), command, passedOn(rest))
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof SetupError)) throw error
  process.stderr.write(`parley: ${error.message}\n`)
  process.exitCode = 1
}

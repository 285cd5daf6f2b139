// How `npm start` hands signals and exit codes through. Each case runs a starter, which runs a child, as run.mjs does.
import { expect, test } from 'bun:test'
import { join } from 'node:path'

const starter = `
  const { exitCode, run } = await import(${JSON.stringify(join(import.meta.dir, 'process.mjs'))})
  process.exit(exitCode(await run(process.execPath, ['-e', process.argv[1]])))`

/** Exits with 10 and the number of times that SIGTERM came, a moment after the first. */
const countsSignals = `
  let times = 0
  process.on('SIGTERM', () => {
    console.log('told')
    if (++times === 1) setTimeout(() => process.exit(10 + times), 100)
  })
  setInterval(() => {}, 1000)
  console.log('ready')`

const start = (child: string, env: Readonly<Record<string, string>> = {}) =>
  Bun.spawn([process.execPath, '-e', starter, child], {
    stdin: 'ignore',
    stdout: 'pipe',
    env: { ...process.env, npm_lifecycle_event: '', ...env },
  })

test('the exit code of the server is that of its starter', async () => {
  expect(await start('process.exit(7)').exited).toBe(7)
})

test('a server ended by a signal counts as 128 and its number', async () => {
  expect(await start("process.kill(process.pid, 'SIGKILL')").exited).toBe(137)
})

test('SIGTERM is passed on once, however often it comes', async () => {
  const child = start(countsSignals)
  for await (const part of child.stdout) if (/ready|told/.test(new TextDecoder().decode(part))) child.kill('SIGTERM')
  expect(await child.exited).toBe(11)
})

test('a server whose npm is gone is ended like by SIGTERM', async () => {
  const command = `"${process.execPath}" -e "$STARTER" "$CHILD"; exit $?`
  const env = {
    ...process.env,
    STARTER: starter,
    CHILD: `${countsSignals}\nprocess.on('exit', () => console.log('ended'))`,
    npm_lifecycle_event: 'start',
  }
  const shell = Bun.spawn(['sh', '-c', command], { stdin: 'ignore', stdout: 'pipe', env })
  const said: string[] = []
  for await (const part of shell.stdout) {
    said.push(new TextDecoder().decode(part).trim())
    if (said.length === 1) shell.kill('SIGKILL')
  }
  // The pipe closes when the last process that holds it is gone.
  expect(said.join('\n').split('\n')).toEqual(['ready', 'told', 'ended'])
})

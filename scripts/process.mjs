// Child processes for the scripts: plain JavaScript, so that it also serves run.mjs before anything is installed.
import { spawn } from 'node:child_process'
import { constants } from 'node:os'
import process from 'node:process'

const forwarded = ['SIGTERM', 'SIGINT', 'SIGHUP']
const lookMs = 250

/**
 * npm and `bun run` put a shell between themselves and us, and a signal that they pass on ends only that shell: so when
 * the shell is gone, the server is to end too. Only under them: whoever starts us by hand may close the terminal.
 */
const whenOrphaned = (end) => {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return () => {}
  const parent = process.ppid
  const timer = setInterval(() => process.ppid !== parent && end(), lookMs)
  return () => clearInterval(timer)
}

/**
 * Pass each signal on by `kill`, once. A terminal's Ctrl-C already reaches the whole process group, the
 * child included, and a second SIGINT would cut its orderly shutdown short: so it is not repeated there.
 */
const forwardSignals = (kill) => {
  const sent = new Set()
  const pass = (signal) => {
    if (sent.has(signal)) return
    sent.add(signal)
    if (signal === 'SIGINT' && process.stdin.isTTY) return
    kill(signal)
  }
  for (const signal of forwarded) process.on(signal, pass)
  const stopLooking = whenOrphaned(() => pass('SIGTERM'))
  return () => {
    stopLooking()
    for (const signal of forwarded) process.off(signal, pass)
  }
}

/** Run a program with this one's input, output and signals; resolves with how it ended. Rejects if it cannot be started. */
export const run = (file, args, options = {}) =>
  new Promise((resolve, reject) => {
    let child
    // First, because a child may be quick: a signal that came before would end us and leave it behind.
    const stop = forwardSignals((signal) => child?.kill(signal))
    child = spawn(file, args, { stdio: 'inherit', ...options })
    child.once('error', (error) => {
      stop()
      reject(error)
    })
    child.once('exit', (code, signal) => {
      stop()
      resolve({ code, signal })
    })
  })

/** What a shell would report: the exit code, or 128 and the signal's number. */
export const exitCode = ({ code, signal }) => code ?? 128 + (constants.signals[signal] ?? 0)

/** Run a short program and give back what it printed, or `undefined` if it failed or is not there. */
export const output = (file, args) =>
  new Promise((resolve) => {
    const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout?.setEncoding('utf8').on('data', (part) => {
      text += part
    })
    child.once('error', () => resolve(undefined))
    child.once('close', (code) => resolve(code === 0 ? text.trim() : undefined))
  })

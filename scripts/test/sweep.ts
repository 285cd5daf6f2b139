// Ends what a stage started. Programs that were given a process group of their own, or whose parent is gone, are found by
// the mark that every descendant inherits in its environment.
import { readdirSync, readFileSync } from 'node:fs'

const signalQuietly = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It ended by itself in the meantime.
  }
}

const environment = (pid: string): string => {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'latin1')
  } catch {
    return ''
  }
}

/** The living processes of the stage marked `run`; none where there is no /proc. */
const marked = (run: string): number[] => {
  if (process.platform !== 'linux') return []
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => environment(pid).includes(`PARLEY_TEST_RUN=${run}\0`)).map(Number)
}

/** End everything that bears the mark. */
export const sweep = (run: string): void => {
  for (const pid of marked(run)) signalQuietly(pid)
}

/** End a stage's process group and everything else that it started. */
export const endGroup = (leader: number, run: string): void => {
  signalQuietly(-leader)
  sweep(run)
}

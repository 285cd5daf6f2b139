import { readFileSync } from 'node:fs'

/** How many files this process may have open, connections among them. Only Linux tells; `undefined` elsewhere. */
export const openFileLimit = (): number | undefined => {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? undefined : Number(limit)
  } catch {
    return undefined
  }
}

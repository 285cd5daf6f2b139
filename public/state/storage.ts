// localStorage that never throws: it may be switched off, full, or missing (tests). What cannot be kept is kept for this
// visit only, and the page goes on.
import type { KeyValueStorage } from '../../src/client/index.ts'

const memory = new Map<string, string>()

/** Texts by key, over reloads where the browser allows it. */
export const storage: KeyValueStorage = {
  get: (key) => {
    try {
      return globalThis.localStorage.getItem(key)
    } catch {
      return memory.get(key) ?? null
    }
  },
  set: (key, value) => {
    try {
      globalThis.localStorage.setItem(key, value)
    } catch {
      memory.set(key, value)
    }
  },
  remove: (key) => {
    memory.delete(key)
    try {
      globalThis.localStorage.removeItem(key)
    } catch {
      // There is nothing to remove where nothing can be kept.
    }
  },
}

/** A kept JSON value; `undefined` when there is none or somebody else wrote it. */
export const readJson = (key: string): unknown => {
  try {
    return JSON.parse(storage.get(key) ?? '') as unknown
  } catch {
    return undefined
  }
}

/** Keep a JSON value. */
export const writeJson = (key: string, value: unknown): void => storage.set(key, JSON.stringify(value))

/** Call `listener` when another tab of this page changes `key`. */
export const onOtherTab = (key: string, listener: () => void): (() => void) => {
  const heard = (event: StorageEvent): void => {
    // A null key means that everything was cleared.
    if (event.key === key || event.key === null) listener()
  }
  addEventListener('storage', heard)
  return () => removeEventListener('storage', heard)
}

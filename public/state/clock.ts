import { signal } from '@preact/signals'

/** The present minute, ms since 1970: what says "today" changes at midnight without anybody doing anything. */
export const minute = signal(Date.now())

/** Keep the minute going, from now on. */
export const startClock = (): void => {
  setInterval(() => {
    minute.value = Date.now()
  }, 60_000)
}

// Times as people read them, in their own zone. Everything takes `now`, so that tests can hold it still.

/** Words that Intl does not give. */
export interface DayWords {
  readonly today: string
  readonly yesterday: string
}

const formats = new Map<string, Intl.DateTimeFormat>()

// Making a DateTimeFormat costs about a hundred times as much as using one.
const format = (lang: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = lang + JSON.stringify(options)
  const found = formats.get(key) ?? new Intl.DateTimeFormat(lang, options)
  formats.set(key, found)
  return found
}

/** Midnight that began the day of `ms`, local time. Equal for two instants of the same day. */
export const startOfDay = (ms: number): number => new Date(ms).setHours(0, 0, 0, 0)

// Rounded, because a day of the change to summer time has 23 hours.
const daysBetween = (earlier: number, later: number): number => Math.round((startOfDay(later) - startOfDay(earlier)) / 86_400_000)

const withYear = (ms: number, now: number): { year?: 'numeric' } =>
  new Date(ms).getFullYear() === new Date(now).getFullYear() ? {} : { year: 'numeric' }

/** `14:05` or `2:05 PM`, as the language has it. */
export const clockTime = (ms: number, lang: string): string => format(lang, { hour: 'numeric', minute: '2-digit' }).format(ms)

/** The whole instant, for a tooltip. */
export const fullTime = (ms: number, lang: string): string => format(lang, { dateStyle: 'full', timeStyle: 'short' }).format(ms)

/** A day as a separator shows it: Today, Yesterday, a weekday within a week, or the date. */
export const dayLabel = (ms: number, now: number, lang: string, words: DayWords): string => {
  const days = daysBetween(ms, now)
  if (days === 0) return words.today
  if (days === 1) return words.yesterday
  if (days > 1 && days < 7) return format(lang, { weekday: 'long' }).format(ms)
  return format(lang, { month: 'long', day: 'numeric', ...withYear(ms, now) }).format(ms)
}

/** A time as a row of a list shows it: the clock today, then Yesterday, the weekday, the date. */
export const listTime = (ms: number, now: number, lang: string, words: DayWords): string => {
  const days = daysBetween(ms, now)
  if (days === 0) return clockTime(ms, lang)
  if (days === 1) return words.yesterday
  if (days > 1 && days < 7) return format(lang, { weekday: 'short' }).format(ms)
  return format(lang, { month: 'numeric', day: 'numeric', ...withYear(ms, now) }).format(ms)
}

/** When something ends: the clock today, else the date too. */
export const untilTime = (ms: number, now: number, lang: string): string =>
  daysBetween(ms, now) === 0 ? clockTime(ms, lang) : format(lang, { dateStyle: 'medium', timeStyle: 'short' }).format(ms)

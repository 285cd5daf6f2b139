import pino from 'pino'

/** Structured log lines. Ids, never contents: no tokens, no message text, no phone numbers. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** The same log with `fields` on every line. */
  child(fields: Record<string, unknown>): Log
}

/** How much is said: `silent` says nothing at all. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** JSON lines on standard output, times in UTC. A closed pipe loses the lines and nothing else. */
export const createLog = (level: LogLevel): Log => {
  const destination = pino.destination({ dest: 1, sync: true })
  destination.on('error', () => {})
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: ['token', 'password', 'authorization', 'secret'],
    },
    destination,
  )
}

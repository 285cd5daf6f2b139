// The one place that knows SQLSTATEs (https://www.postgresql.org/docs/current/errcodes-appendix.html) and the
// driver's own codes.
import { AppError, core } from '../errors.ts'
import { StoreError, type StoreFailure } from './store.ts'

const failures: Readonly<Record<string, StoreFailure>> = {
  '23502': 'not_null',
  '23503': 'foreign_key',
  '23505': 'unique',
  '25006': 'unavailable',
  '40001': 'busy',
  '40P01': 'busy',
  '53100': 'full',
  '53200': 'busy',
  '53300': 'busy',
  '55P03': 'busy',
  '57014': 'busy',
  '58030': 'unavailable',
}
// Whole classes: connection exceptions, the server going away or coming up, damaged data.
const classes: Readonly<Record<string, StoreFailure>> = { '08': 'unavailable', '57': 'unavailable', XX: 'corrupt' }
// The driver's own codes, and those of the system (EPIPE could pass for an SQLSTATE).
const network = /^(CONNECT[A-Z_]*|TIMEOUT|E(AI_)?[A-Z]+)$/

const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : undefined
}

/** What an error of the driver means; `other` for one that is not the driver's. */
export const failureOf = (error: unknown): StoreFailure => {
  const code = codeOf(error)
  if (code === undefined) return 'other'
  if (network.test(code)) return 'unavailable'
  return failures[code] ?? classes[code.slice(0, 2)] ?? 'other'
}

/** The error that a plugin sees in place of the driver's. */
export const refusal = (error: unknown): Error => {
  if (error instanceof AppError || error instanceof StoreError) return error
  const failure = failureOf(error)
  if (failure === 'full') return core.STORAGE_FULL(error)
  if (failure === 'busy' || failure === 'unavailable') return core.STORAGE_BUSY(error)
  return new StoreError(failure, error)
}

/** Whether the same unit may well succeed at once: it lost against another one. */
export const mayRetry = (error: unknown): boolean => {
  const code = codeOf((error as { cause?: unknown } | undefined)?.cause ?? error)
  return code === '40001' || code === '40P01'
}

/** Whether the server has said that nothing was committed. Silence, or its own end, says nothing. */
export const isCertain = (error: unknown): boolean => failureOf(error) !== 'unavailable'

/** Whether trying to connect again cannot help: a wrong password, no such database, no rights. */
export const isHopeless = (error: unknown): boolean => {
  const code = codeOf(error) ?? ''
  return code.startsWith('28') || code.startsWith('3D') || code.startsWith('42')
}

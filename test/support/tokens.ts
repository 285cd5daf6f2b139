// Tokens for tests, made by jose or by hand, never by the code under test.
import { Buffer } from 'node:buffer'
import { createHmac } from 'node:crypto'
import { type JWTPayload, SignJWT } from 'jose'

/** Secrets for tests, as good as real ones. */
export const secrets = {
  own: 'Qk3v8mZrT1xYc6nB0dLw9sFhJ4uGpE7a',
  previous: 'p7Wn2Lq9Xz4Rk8Vb1Hs6Td3Yf0Jm5Cgu',
  host: 'aH5jN8wRz2Cq7Lt4Vy1Xk9Gb6Ms3Dp0e',
} as const

const part = (value: unknown): string => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url')

/** An HS256 signature over any header and payload, however wrong; texts are taken as they are. */
export const forge = (header: unknown, payload: unknown, secret: string): string => {
  const signed = `${part(header)}.${part(payload)}`
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`
}

/** Seconds since 1970 of a millisecond instant. */
export const seconds = (ms: number): number => Math.floor(ms / 1_000)

/** A token as a host application would make it with jose, for five minutes. */
export const hostToken = (
  claims: JWTPayload,
  nowMs: number,
  options: { secret?: string; header?: Record<string, unknown> } = {},
): Promise<string> =>
  new SignJWT({ iat: seconds(nowMs), exp: seconds(nowMs) + 300, ...claims })
    .setProtectedHeader({ alg: 'HS256', ...options.header })
    .sign(Buffer.from(options.secret ?? secrets.host))

/** The code of what `work` throws or rejects with; `undefined` if it does neither. */
export const codeOf = async (work: () => unknown): Promise<string | undefined> => {
  try {
    await work()
    return undefined
  } catch (failure) {
    return (failure as { code?: string }).code ?? String(failure)
  }
}

// What Parley signs with. The secret itself signs access tokens, so that another service of the same team
// can check them; refresh tokens and tickets use keys derived from it, so that one can never pass for another.
import { Buffer } from 'node:buffer'
import { createHmac, randomBytes } from 'node:crypto'

/** Bytes that a secret must have at least. */
export const minSecretBytes = 32

/** One secret and what is derived from it. */
export interface Keys {
  readonly access: Uint8Array
  readonly refresh: Uint8Array
  readonly ticket: Uint8Array
}

/** The keys in use: the first signs, all of them check. Never empty. */
export type KeyRing = readonly [Keys, ...Keys[]]

/** A new random secret of 256 bits, as text. */
export const newSecret = (): string => randomBytes(32).toString('base64url')

/** What a secret stands for. Its text is taken as it is, byte for byte. */
export const deriveKeys = (secret: string): Keys => {
  const access = Buffer.from(secret)
  const derive = (purpose: string): Uint8Array => createHmac('sha256', access).update(`parley/auth/${purpose}/1`).digest()
  return { access, refresh: derive('refresh'), ticket: derive('ticket') }
}

const sample =
  /change[-_ ]?(me|this|it)|placeholder|example|sample|insert|replace|your[-_ ]|^(secret|password|parley|default|development)[-_ ]?/i

/** Why a secret must not be used, or `undefined` if it may. */
export const secretProblem = (secret: string): string | undefined => {
  const bytes = Buffer.byteLength(secret)
  if (bytes < minSecretBytes) return `has ${bytes} bytes; at least ${minSecretBytes} random ones are needed`
  if (sample.test(secret)) return 'looks like the sample of some documentation'
  // `aaaa…`, `abcabc…`: a text is a repetition exactly if it is found inside itself, doubled, before its own end.
  const isRepetition = (secret + secret).indexOf(secret, 1) < secret.length
  return isRepetition || new Set(secret).size < 8 ? 'repeats itself' : undefined
}

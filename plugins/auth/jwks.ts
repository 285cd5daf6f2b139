// The public keys of a host application (RFC 7517), from a file or an address that the operator set. Nothing
// in a token leads to another address. The last good set stays in use when the source fails.
import { readFile } from 'node:fs/promises'
import { compactVerify, importJWK, type JWK } from 'jose'
import type { Log } from '#core'
import { errors } from './errors.ts'
import { decodePart, type Parsed } from './jwt.ts'
import { isShort } from './text.ts'

/** Milliseconds between two looks at the source: so long a key that was withdrawn may still be accepted. */
export const reloadMs = 600_000
/** Milliseconds between two looks because of a key id that is not known. */
export const unknownKeyMs = 60_000
const firstRetryMs = 5_000
const maxBytes = 262_144
const maxKeys = 100

/** What a key set works with. */
export interface KeySetOptions {
  /** A path, or an address that `isKeyLocation` allows. */
  readonly location: string
  /** The algorithms that are accepted; each key serves only those of its own kind. */
  readonly algorithms: readonly string[]
  readonly log: Log
  readonly monotonic: () => number
}

/** One key for one algorithm. */
export interface Entry {
  readonly alg: string
  readonly kid: string | undefined
  readonly key: CryptoKey
}

/** The keys that are in use now. */
export class KeySet {
  readonly #options: KeySetOptions
  #entries: readonly Entry[] | undefined
  #loading: Promise<void> | undefined
  #triedMs = Number.NEGATIVE_INFINITY

  constructor(options: KeySetOptions) {
    this.#options = options
  }

  /**
   * Whether one of the keys made this token, with an algorithm that is accepted.
   *
   * A `kid` that is not known has the source asked again, at most once a minute, and waits for that; without
   * a `kid` there must be only one key for the algorithm. Rejects with `AUTH_KEYS_UNAVAILABLE` as long as the
   * source was never read.
   */
  async verify(parsed: Parsed): Promise<boolean> {
    if (!this.#options.algorithms.includes(parsed.alg)) return false
    const key = this.#lookUp(parsed) ?? (await this.#lookAgain(parsed))
    if (!key || !decodePart(parsed.signature)) return false
    return compactVerify(parsed.token, key, { algorithms: [parsed.alg] }).then(
      () => true,
      () => false,
    )
  }

  /** Read the source again. Never rejects: a failure is logged and changes nothing. Calls meanwhile share one. */
  reload(): Promise<void> {
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined
    })
    return this.#loading
  }

  #lookUp({ alg, kid }: Parsed): CryptoKey | undefined {
    const fitting = (this.#entries ?? []).filter((entry) => entry.alg === alg && (kid === undefined || entry.kid === kid))
    return fitting.length === 1 ? fitting[0]?.key : undefined
  }

  async #lookAgain(parsed: Parsed): Promise<CryptoKey | undefined> {
    const pauseMs = this.#entries ? unknownKeyMs : firstRetryMs
    if (this.#loading || this.#options.monotonic() - this.#triedMs >= pauseMs) await this.reload()
    if (!this.#entries) throw errors.KEYS_UNAVAILABLE().with({ retryAfterMs: firstRetryMs })
    return this.#lookUp(parsed)
  }

  async #load(): Promise<void> {
    const { log, monotonic } = this.#options
    this.#triedMs = monotonic()
    try {
      this.#entries = await readKeys(this.#options)
    } catch (failure) {
      log.warn({ err: failure }, 'the host application’s keys could not be read')
    }
  }
}

/** The keys at a location that serve one of the algorithms. Rejects if there is no JWK set; odd keys are logged and left out. */
export const readKeys = async ({ location, algorithms, log }: Omit<KeySetOptions, 'monotonic'>): Promise<readonly Entry[]> => {
  const text = await (location.includes('://') ? fetchText(location) : readFile(location, 'utf8'))
  return importAll(JSON.parse(text), algorithms, log)
}

const fetchText = async (address: string): Promise<string> => {
  const response = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(5_000), headers: { accept: 'application/json' } })
  if (!response.ok) throw new Error(`the key address answered ${response.status}`)
  const decoder = new TextDecoder('utf-8', { fatal: true })
  let text = ''
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true })
    if (text.length > maxBytes) throw new Error(`the key document is larger than ${maxBytes} bytes`)
  }
  return text + decoder.decode()
}

const importAll = async (document: unknown, algorithms: readonly string[], log: Log): Promise<Entry[]> => {
  const keys = (document as { keys?: unknown } | null)?.keys
  if (!Array.isArray(keys)) throw new Error('the key document is no JWK set')
  const entries: Entry[] = []
  for (const jwk of keys.slice(0, maxKeys) as JWK[]) {
    for (const alg of algorithms.filter((name) => fits(jwk, name))) {
      const key = await importPublic(jwk, alg).catch((failure: unknown) => {
        log.warn({ err: failure, kid: isShort(jwk.kid) ? jwk.kid : undefined }, 'a key of the host application cannot be used')
      })
      if (key) entries.push({ alg, kid: jwk.kid, key })
    }
  }
  return entries
}

/** Whether a key may be used with an algorithm: by its own word, else by its kind. */
const fits = (jwk: JWK | null, alg: string): boolean => {
  if (typeof jwk !== 'object' || jwk === null || (jwk.use !== undefined && jwk.use !== 'sig')) return false
  if (jwk.kid !== undefined && !isShort(jwk.kid)) return false
  const kind = kinds[alg.slice(0, 2)] ?? kinds[alg]
  const isKind = kind !== undefined && jwk.kty === kind.kty && (kind.crv === undefined || jwk.crv === kind.crv)
  return isKind && (jwk.alg === undefined || jwk.alg === alg || (alg === 'EdDSA' && jwk.alg === 'Ed25519'))
}

const kinds: Readonly<Record<string, { kty: string; crv?: string }>> = {
  EdDSA: { kty: 'OKP', crv: 'Ed25519' },
  ES256: { kty: 'EC', crv: 'P-256' },
  ES384: { kty: 'EC', crv: 'P-384' },
  ES512: { kty: 'EC', crv: 'P-521' },
  RS: { kty: 'RSA' },
  PS: { kty: 'RSA' },
}

// Only the public members are taken over, so that a private key that strayed into the document cannot be used.
const importPublic = async ({ kty, crv, x, y, n, e }: JWK, alg: string): Promise<CryptoKey> => {
  const members = kty === 'RSA' ? { kty, n, e } : kty === 'EC' ? { kty, crv, x, y } : { kty, crv, x }
  const key = (await importJWK(members as JWK, alg)) as CryptoKey
  const bits = (key.algorithm as { modulusLength?: number }).modulusLength
  if (bits !== undefined && bits < 2_048) throw new Error(`an RSA key of ${bits} bits is too short`)
  return key
}

// What can be set, and what must not be. A setting that is wrong by itself is refused by its schema; what is
// wrong only together with others is found by `checkTogether`.
import * as v from 'valibot'
import { coreErrors } from '#core'
import { secretProblem } from './keys.ts'
import { loginPattern } from './names.ts'

/** Signature algorithms that keys of a JWKS may use. HS256 is not among them: a public key is no secret. */
export const asymmetric = ['EdDSA', 'ES256', 'ES384', 'ES512', 'RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const

const secret = v.pipe(
  v.string(),
  v.check(
    (text) => secretProblem(text) === undefined,
    (issue) => `it ${secretProblem(String(issue.input))}; \`openssl rand -base64 32\` makes a good one`,
  ),
)

const isLoopback = (hostname: string): boolean => ['localhost', '127.0.0.1', '[::1]'].includes(hostname)

/** Whether a JWKS may be read from here: a file, https, or http from this machine. */
export const isKeyLocation = (text: string): boolean => {
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(text)) return text !== ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.username || url?.password) return false
  return url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback(url.hostname))
}

const wholeNumber = (least: number, most: number) => v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most))
const admin = v.pipe(
  v.string(),
  v.check((text) => loginPattern.test(text), 'logins or ids of users'),
)
const shortText = v.pipe(v.string(), v.minLength(1), v.maxLength(255))

/** The settings of this plugin; README.md says what each does. */
export const settings = v.strictObject({
  secret: v.optional(secret),
  previousSecret: v.optional(secret),
  guests: v.optional(v.boolean()),
  register: v.optional(v.boolean(), true),
  login: v.optional(v.boolean(), true),
  admins: v.optional(v.pipe(v.array(admin), v.maxLength(100)), []),
  accountsPerMinute: v.optional(wholeNumber(1, 1_000_000), 60),
  hostSecret: v.optional(secret),
  hostJwks: v.optional(v.pipe(v.string(), v.check(isKeyLocation, 'the path of a file, or an https address without a password'))),
  hostIssuer: v.optional(shortText),
  hostAudience: v.optional(shortText),
  hostAlgorithms: v.optional(v.pipe(v.array(v.picklist(asymmetric)), v.minLength(1)), ['EdDSA', 'ES256', 'RS256']),
  hostMaxAge: v.optional(wholeNumber(60, 7 * 86_400), 86_400),
})

/** Settings after their schema. */
export type Settings = v.InferOutput<typeof settings>

/** Throws `CORE_BAD_SETTING` with all that does not fit together. */
export const checkTogether = (given: Settings, production: boolean): void => {
  const problems: string[] = []
  if (production && given.secret === undefined) {
    problems.push('PARLEY_AUTH_SECRET is not set: a production server needs a secret of its own; `openssl rand -base64 32` makes one')
  }
  const secrets = [given.secret, given.previousSecret, given.hostSecret].filter((text) => text !== undefined)
  if (new Set(secrets).size < secrets.length) problems.push('PARLEY_AUTH_SECRET, _PREVIOUS_SECRET and _HOST_SECRET must differ')
  // The keys of an identity provider sign for all of its applications; only these two say that a token is for us.
  if (given.hostJwks !== undefined && (given.hostIssuer === undefined || given.hostAudience === undefined)) {
    problems.push('PARLEY_AUTH_HOST_JWKS needs PARLEY_AUTH_HOST_ISSUER and PARLEY_AUTH_HOST_AUDIENCE beside it')
  }
  if (problems.length > 0) throw coreErrors.BAD_SETTING({ list: problems.join('; ') })
}

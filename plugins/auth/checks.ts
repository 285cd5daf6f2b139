import type { Check, Log } from '#core'
import { readKeys } from './jwks.ts'
import { checkTogether, type Settings } from './settings.ts'

/** What `parley doctor` tries: whether the settings fit together, and whether the host application's keys can be had. */
export const checks = (settings: Settings, { production }: { readonly production: boolean }): readonly Check[] => {
  const all: Check[] = [{ what: 'secrets', run: () => secrets(settings, production) }]
  const { hostJwks: location, hostAlgorithms: algorithms } = settings
  return location === undefined ? all : [...all, { what: 'host keys', run: () => hostKeys(location, algorithms) }]
}

const secrets = (settings: Settings, production: boolean): string | { note: string } => {
  checkTogether(settings, production)
  if (settings.secret !== undefined) return 'tokens are signed with the secret that is set'
  return { note: 'PARLEY_AUTH_SECRET is not set, so the server will make one and keep it in its database' }
}

const hostKeys = async (location: string, algorithms: readonly string[]): Promise<string | { note: string }> => {
  const { log, problems } = listening()
  const keys = await readKeys({ location, algorithms, log })
  if (keys.length === 0) throw new Error(`there is no key for ${algorithms.join(', ')} in it`)
  const found = `${keys.length} for ${[...new Set(keys.map(({ alg }) => alg))].join(', ')}`
  return problems.length === 0 ? found : { note: `${found}; ${problems.length} cannot be used` }
}

/** A log that only counts what was wrong. */
const listening = (): { log: Log; problems: string[] } => {
  const problems: string[] = []
  const note = (_fields: object, message: string): void => void problems.push(message)
  const log: Log = { debug: () => {}, info: () => {}, warn: note, error: note, child: () => log }
  return { log, problems }
}

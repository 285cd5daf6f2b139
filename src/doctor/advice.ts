// What an operator may have meant otherwise: nothing that keeps the server from starting.
import type { Config, CoreSettings } from '../config.ts'
import { openFileLimit } from '../open-files.ts'
import type { Plugin } from '../plugin.ts'
import type { Finding } from './finding.ts'

type Settings = Partial<CoreSettings> & Pick<CoreSettings, 'production'>

const enoughFiles = 4_096

/** Notes on settings and surroundings; empty when there is nothing to say. */
export const adviceOn = (config: Config, settings: Settings, catalogue: readonly Plugin[]): Finding[] => {
  const notes: [what: string, text: string | undefined][] = [
    ...config
      .strangers(catalogue.map(({ id }) => id))
      .map((name): [string, string] => [name, 'is no setting of any plugin here; nothing reads it']),
    ['NODE_ENV', exposed(settings)],
    ['PARLEY_LIMITS', settings.limits === false ? 'rate limits are off: for load tests only' : undefined],
    ['PARLEY_TRUSTED_PROXIES', trustsAll(settings)],
    ['open files', fewFiles()],
  ]
  return notes.flatMap(([what, text]) => (text === undefined ? [] : [{ level: 'note' as const, what, text }]))
}

const loopback = /^(localhost|127\.|::1$)/

const exposed = ({ production, host }: Settings): string | undefined =>
  !production && host !== undefined && !loopback.test(host)
    ? `is not production, but other machines can reach ${host}: with production, guests are off and secrets have to be set`
    : undefined

const trustsAll = ({ trustedProxies = [] }: Settings): string | undefined =>
  trustedProxies.some((range) => /\/0$/.test(range)) ? 'every address is trusted, so anybody may claim to come from anywhere' : undefined

// One connection takes one. Only Linux tells; elsewhere there is nothing to say.
const fewFiles = (): string | undefined => {
  const limit = openFileLimit()
  return limit !== undefined && limit < enoughFiles
    ? `this process may have ${limit}, one per connection; raise the limit (ulimit -n)`
    : undefined
}

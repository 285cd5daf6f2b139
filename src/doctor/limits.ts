// Every limit as it would hold: what it counts by, its default, and what is set.

import { rateText } from '../limit.ts'
import { limitsInForce } from '../limits.ts'
import type { Plugin } from '../plugin.ts'

/** The table of limits, one line each. */
export const limitsTable = (plugins: readonly Plugin[], rates: readonly string[]): string => {
  const rows = [...limitsInForce(plugins, rates)].map(([name, { by, isSet, ...rate }]) => {
    const columns = [name.padEnd(31), `per ${by}`.padEnd(15), rateText(rate).padEnd(14)]
    return `  ${columns.join('  ')}${isSet ? 'PARLEY_RATES' : 'default'}\n`
  })
  return rows.join('')
}

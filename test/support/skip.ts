// The one way to leave a test out: with a reason that is printed.
import { describe, test } from 'bun:test'

const printed = new Set<string>()

const print = (reason: string): void => {
  if (printed.has(reason)) return
  printed.add(reason)
  console.warn(`skipped: ${reason}`)
}

/** `test`, or its skipping twin if there is a reason. `testUnless(hasBuildah ? undefined : 'buildah is not installed')`. */
export const testUnless = (reason: string | undefined): typeof test => {
  if (reason === undefined) return test
  print(reason)
  return test.skip as typeof test
}

/** As `testUnless`, for a whole suite. */
export const describeUnless = (reason: string | undefined): typeof describe => {
  if (reason === undefined) return describe
  print(reason)
  return describe.skip as typeof describe
}

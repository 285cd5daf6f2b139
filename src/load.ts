// Which plugins a deployment runs: some of the catalogue, and files from outside.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as orm from 'drizzle-orm'
import * as v from 'valibot'
import { AppError, core } from './errors.ts'
import * as names from './index.ts'
import type { Plugin } from './plugin.ts'

/** What a plugin file from outside gets as its one argument: `#core`, valibot as `v`, drizzle's operators as `orm`. */
export const toolkit = { ...names, v, orm }
/** The type of `toolkit`, for plugin files that are written in TypeScript. */
export type Toolkit = typeof toolkit

const loadMs = 10_000

/**
 * The plugins that `wanted` names: catalogue ids, and paths of files whose default export is
 * `(toolkit) => definePlugin({…})`. Empty means the whole catalogue. Throws `CORE_BAD_PLUGIN`.
 */
export const loadPlugins = async (wanted: readonly string[], catalogue: readonly Plugin[]): Promise<readonly Plugin[]> => {
  if (wanted.length === 0) return catalogue
  return Promise.all(
    wanted.map((name) => {
      if (/[/\\]|\.[mc]?[jt]s$/.test(name)) return loadFile(name)
      const known = catalogue.find(({ id }) => id === name)
      if (known) return known
      const ids = catalogue.map(({ id }) => id).join(', ')
      throw core.BAD_PLUGIN({
        plugin: name,
        reason: `it is not in the catalogue (${ids}); a plugin of your own is named by its path, like ./my-plugin.ts`,
      })
    }),
  )
}

const loadFile = async (path: string): Promise<Plugin> => {
  const refuse = (reason: string, cause?: unknown): AppError => core.BAD_PLUGIN({ plugin: path, reason }, cause)
  const { promise: deadline, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(refuse(`it took longer than ${loadMs / 1_000} s to load`)), loadMs)
  try {
    const { default: make } = (await Promise.race([import(pathToFileURL(resolve(path)).href), deadline])) as { default?: unknown }
    if (typeof make !== 'function')
      throw refuse('its default export must be a function: export default ({ definePlugin, v }) => definePlugin({ … })')
    return (await Promise.race([make(toolkit), deadline])) as Plugin
  } catch (failure) {
    if (failure instanceof AppError) throw failure
    throw refuse(failure instanceof Error ? failure.message.slice(0, 300) : String(failure), failure)
  } finally {
    clearTimeout(timer)
  }
}

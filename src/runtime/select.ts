import { bunRuntime } from './bun.ts'
import { denoRuntime } from './deno.ts'
import type { Runtime } from './runtime.ts'

/** The runtime this program is running in. */
export const selectRuntime = (): Runtime => ('Bun' in globalThis ? bunRuntime : denoRuntime)

// One program and one browser for the tests of a file. Whoever came in a test is gone after it.
import { afterAll, afterEach, beforeAll } from 'bun:test'
import type { Browser } from 'playwright-core'
import { launchBrowser } from '../support/browser.ts'
import { type Program, startProgram } from './program.ts'

/** Both are there while tests run. */
export interface Ground {
  readonly browser: Browser
  readonly program: Program
}

/** What a file may want otherwise. */
export interface GroundOptions {
  /** Settings of the program. */
  readonly env?: Readonly<Record<string, string>>
  /** Options of Chromium. */
  readonly launching?: readonly string[]
  /** After both are there. */
  begin?(ground: Ground): Promise<void>
  /** Before both go. */
  end?(): void
}

/** To be called in a `describe`, whose tests then have both. */
export const receiveGround = ({ env = {}, launching = [], begin, end }: GroundOptions = {}): Ground => {
  let browser: Browser
  let program: Program
  const ground: Ground = {
    get browser() {
      return browser
    },
    get program() {
      return program
    },
  }
  beforeAll(async () => {
    program = await startProgram(env)
    browser = await launchBrowser(launching)
    await begin?.(ground)
  })
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close()
  })
  afterAll(async () => {
    end?.()
    await browser.close()
    await program[Symbol.asyncDispose]()
  })
  return ground
}

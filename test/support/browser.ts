// A real Chromium for the page's tests. Whatever the page says on its console as an error, and everything that its
// content security policy stops, is kept, so that a test can insist on there being nothing.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { packages } from './packages.ts'

/** Why there is no browser here, or `undefined` when there is one. */
export const whyNoBrowser = packages.chromium.find() ? undefined : 'chromium is not installed'

// Of two lists only the last counts, so this one holds Playwright's, too.
const playwrights = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsUpgrades',
  'HttpsFirstBalancedModeAutoEnable',
  'LensOverlay',
  'MediaRouter',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  'AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints',
  'NetworkTimeServiceQuerying',
  'AimEnabled',
  'PreconnectToSearch',
]
// Three processes that every window starts, for an address bar that nobody sees and for a page that may come: half of the work.
const unseen = ['WebUIOmniboxPopup', 'WebUIOmniboxAimPopup', 'SpareRendererForSitePerProcess']

const args = [
  `--disable-features=${[...playwrights, ...unseen].join(',')}`,
  '--no-sandbox',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--no-first-run',
  '--hide-scrollbars',
  '--font-render-hinting=none',
]

const launchOptions = () => ({ executablePath: packages.chromium.find() ?? '/usr/bin/chromium', args })

/** Microphone, camera and screen that are none, and nobody is asked whether they may be used. */
export const fakeDevices = [
  '--use-fake-device-for-media-stream',
  '--use-fake-ui-for-media-stream',
  '--auto-select-desktop-capture-source=Entire screen',
  '--autoplay-policy=no-user-gesture-required',
]

/** A browser with a profile that goes away with it; `more` are options of Chromium. */
export const launchBrowser = (more: readonly string[] = []): Promise<Browser> =>
  chromium.launch({ ...launchOptions(), args: [...args, ...more] })

/** A browser whose profile outlives it, as a person's does. */
export interface LastingBrowser extends AsyncDisposable {
  /** The profile's folder. */
  readonly folder: string
  /** Start it, or start it again with what it had. */
  open(options?: BrowserContextOptions): Promise<BrowserContext>
  /** End all its processes at once, as a crash or a power cut does. */
  kill(): Promise<void>
}

/** The browser's processes: only one that names this profile's folder is ours. */
const processesOf = async (folder: string): Promise<readonly number[]> => {
  const found: number[] = []
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue
    // It may end while we look.
    const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')
    if (command.includes(`--user-data-dir=${folder}`)) found.push(Number(name))
  }
  return found
}

const killNow = (pid: number): void => {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It went with one of the others.
  }
}

/** Prepare one; nothing runs before `open`. */
export const lastingBrowser = async (): Promise<LastingBrowser> => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-browser-'))
  let context: BrowserContext | undefined
  const kill = async (): Promise<void> => {
    if (!context) return
    const gone = new Promise<void>((resolve) => void context?.on('close', () => resolve()))
    for (const pid of await processesOf(folder)) killNow(pid)
    await gone
    context = undefined
  }
  return {
    folder,
    open: async (options = {}) => {
      context = await chromium.launchPersistentContext(folder, { ...launchOptions(), ...options })
      return context
    },
    kill,
    [Symbol.asyncDispose]: async () => {
      await context?.close()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** Film what happens in `context`; `save` ends it and answers the file's path, for Playwright's trace viewer. */
export const record = async (context: BrowserContext, name: string): Promise<{ save(): Promise<string> }> => {
  await context.tracing.start({ title: name, screenshots: true })
  return {
    save: async () => {
      const path = join(import.meta.dir, '../../dist/recordings', `${name}.zip`)
      await context.tracing.stop({ path })
      return path
    },
  }
}

/** What a page complained about. */
export interface Complaints {
  /** Errors on the console, exceptions, and violations of the policy; but for lost connections, which tests cause. */
  readonly all: readonly string[]
}

// The browser itself reports every request that fails; tests that stop the server know about it.
const isLostConnection = (text: string): boolean => /net::ERR_|WebSocket connection to|Failed to load resource/.test(text)

/** Keep everything that `page` complains about, from now on. */
export const listenForComplaints = async (page: Page): Promise<Complaints> => {
  const all: string[] = []
  page.on('pageerror', (error) => all.push(`exception: ${error.stack ?? error.message}`))
  page.on('console', (message) => {
    if (message.type() === 'error' && !isLostConnection(message.text())) all.push(`console: ${message.text()}`)
  })
  await page.exposeFunction('parleyViolation', (text: string) => void all.push(`policy: ${text}`))
  await page.addInitScript(() => {
    const report = (globalThis as unknown as { parleyViolation(text: string): void }).parleyViolation
    document.addEventListener('securitypolicyviolation', (event) => report(`${event.violatedDirective} ${event.blockedURI}`))
  })
  return { all }
}

// The web page and the documents. In the built forms they are part of the program; from source the page is bundled when
// it is first asked for, so that a start never waits for it.
import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { type EmbeddedAssets, embedded } from './assets-embedded.ts'
import type { PageFile } from './runtime/bun-page.ts'

/** One file as it is served. */
export interface Asset {
  readonly body: Uint8Array<ArrayBuffer>
  /** The value of `Content-Type`. */
  readonly type: string
  /** A strong entity tag, quotes included. */
  readonly etag: string
  /** True if the name holds a hash of the content: it may be cached for ever. Anything else is to be revalidated. */
  readonly immutable: boolean
}

/** The files that the server offers to browsers. */
export interface Assets {
  /**
   * The file at an absolute URL path (`/` is the page itself), or `undefined` if there is none. Paths are looked up, never
   * joined, so none leads out of the set. From source the first call bundles the page, and rejects if it does not compile;
   * the next call tries again then.
   */
  get(path: string): Promise<Asset | undefined>
}

const types: Readonly<Record<string, string>> = {
  css: 'text/css; charset=utf-8',
  html: 'text/html; charset=utf-8',
  ico: 'image/x-icon',
  jpg: 'image/jpeg',
  js: 'text/javascript; charset=utf-8',
  json: 'application/json',
  md: 'text/markdown; charset=utf-8',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  png: 'image/png',
  svg: 'image/svg+xml',
  txt: 'text/plain; charset=utf-8',
  wasm: 'application/wasm',
  webmanifest: 'application/manifest+json',
  webp: 'image/webp',
  woff2: 'font/woff2',
}

const typeOf = (path: string): string => types[path.slice(path.lastIndexOf('.') + 1)] ?? 'application/octet-stream'

const etagOf = (body: Uint8Array): string => `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`

const toAsset = ({ path, body, immutable }: PageFile): Asset => ({ body, type: typeOf(path), etag: etagOf(body), immutable })

/** The map that a build embeds. */
export const embed = (files: readonly PageFile[]): EmbeddedAssets =>
  Object.fromEntries(
    files.map((file) => {
      const { body, ...rest } = toAsset(file)
      return [file.path, { ...rest, base64: Buffer.from(body).toString('base64') }]
    }),
  )

const pageAt = (path: string): string => (path === '/' ? '/index.html' : path)

/** Decoded when first asked for: a server that nobody visits does not hold the page twice. */
const fromEmbedded = (files: EmbeddedAssets): Assets => {
  const decoded = new Map<string, Asset>()
  const decode = (path: string): Asset | undefined => {
    const file = Object.hasOwn(files, path) ? files[path] : undefined
    if (!file) return undefined
    const { base64, ...rest } = file
    const asset = { ...rest, body: new Uint8Array(Buffer.from(base64, 'base64')) }
    decoded.set(path, asset)
    return asset
  }
  return { get: async (path) => decoded.get(pageAt(path)) ?? decode(pageAt(path)) }
}

const fromSource = (bundle: () => Promise<readonly PageFile[]>): Assets => {
  let files: Promise<ReadonlyMap<string, Asset>> | undefined
  const load = async () => new Map((await bundle()).map((file) => [file.path, toAsset(file)]))
  // Whoever corrects the page's source should not have to restart the server.
  const forget = (error: unknown): never => {
    files = undefined
    throw error
  }
  return {
    get: async (path) => {
      files ??= load().catch(forget)
      return (await files).get(pageAt(path))
    },
  }
}

const bundleHere = async (): Promise<readonly PageFile[]> => {
  const { bundlePage } = await import('./runtime/bun-page.ts')
  return bundlePage(new URL('../public/', import.meta.url))
}

/** Where the assets come from; each has its ordinary value. */
export interface AssetOptions {
  readonly embedded?: EmbeddedAssets | undefined
  readonly bundle?: () => Promise<readonly PageFile[]>
}

/** The embedded files if this is a build, else those of public/. Reads nothing until the first `get`. */
export const createAssets = (options: AssetOptions = { embedded }): Assets =>
  options.embedded ? fromEmbedded(options.embedded) : fromSource(options.bundle ?? bundleHere)

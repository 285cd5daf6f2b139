// System packages that some tests need, and the programs among our npm packages. `npm test` installs what is
// missing when it may; a test asks here, and skips with the reason when its program is not to be had.
import { chmodSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dir, '../..')

/** Something that a Debian package brings and a test needs. */
export interface SystemPackage {
  /** Debian's names, installed together without recommendations. */
  readonly debian: readonly string[]
  /** What cannot be tested without it. */
  readonly purpose: string
  /** Its program or folder, or `undefined` when it is not there. */
  find(): string | undefined
}

const inPath = (...names: readonly string[]): string | undefined => {
  for (const name of names) {
    const file = Bun.which(name, { PATH: `${process.env.PATH ?? ''}:/usr/sbin:/sbin` })
    if (file) return file
  }
  return undefined
}

/** Postgres keeps a folder per major version; the newest wins. */
const postgresFolder = (): string | undefined => {
  const versions = '/usr/lib/postgresql'
  if (!existsSync(versions)) return inPath('initdb')?.replace(/\/initdb$/, '')
  const folders = readdirSync(versions).sort((a, b) => Number(b) - Number(a))
  return folders.map((version) => join(versions, version, 'bin')).find((folder) => existsSync(join(folder, 'initdb')))
}

const fontFiles = ['/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc', '/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc']

/** The packages by the name under which tests ask for them. */
export const packages = {
  postgres: { debian: ['postgresql'], purpose: 'everything on Postgres', find: postgresFolder },
  compiler: { debian: ['gcc', 'libc6-dev'], purpose: 'the load generator', find: () => inPath('cc', 'gcc') },
  chromium: { debian: ['chromium'], purpose: 'the page in a browser', find: () => inPath('chromium', 'chromium-browser') },
  chinese: {
    debian: ['fonts-wqy-zenhei'],
    purpose: 'pictures with Chinese text',
    find: () => fontFiles.find((file) => existsSync(file)),
  },
  coturn: { debian: ['coturn'], purpose: 'calls through a TURN server', find: () => inPath('turnserver') },
  strace: { debian: ['strace'], purpose: 'the order of writing, syncing and acknowledging', find: () => inPath('strace') },
  buildah: { debian: ['buildah'], purpose: 'the image form', find: () => inPath('buildah') },
  debootstrap: { debian: ['debootstrap'], purpose: 'the image form', find: () => inPath('debootstrap') },
} satisfies Readonly<Record<string, SystemPackage>>

/** A name in `packages`. */
export type PackageName = keyof typeof packages

/** The program of the first matching npm package `@scope/prefix…`, made executable. */
const npmProgram = (scope: string, program: string): string => {
  const folder = join(root, 'node_modules', scope)
  const file = readdirSync(folder)
    .map((name) => join(folder, name, program))
    .find((path) => existsSync(path))
  if (!file) throw new Error(`No ${program} below ${folder}: run npm install`)
  chmodSync(file, 0o755)
  return file
}

/** The Deno that the tests use. */
export const findDeno = (): string => npmProgram('@deno', 'deno')

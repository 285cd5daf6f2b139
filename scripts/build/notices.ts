// The licences of what is inside the program, as their authors ask.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dir, '../..')

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
}

/** The folder of the package that a source file belongs to; `undefined` for our own. */
const packageOf = (file: string): string | undefined => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file)?.[0]

const notice = (folder: string): string => {
  const path = join(root, folder)
  const { name, version, license } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')) as Manifest
  const file = readdirSync(path).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  const text = file ? readFileSync(join(path, file), 'utf8').trim() : `Licence: ${license ?? 'not stated'}`
  return `${name} ${version} (${license ?? 'see below'})\n\n${text}`
}

const ruler = `\n\n${'-'.repeat(80)}\n\n`
const bun = 'The executable also holds the Bun runtime; its licences: https://bun.com/docs/project/licensing'

/** The text of dist/THIRD-PARTY.txt for the source files `inputs`. */
export const thirdPartyNotices = (inputs: readonly string[]): string => {
  const folders = inputs.map(packageOf).filter((folder) => folder !== undefined && existsSync(join(root, folder, 'package.json')))
  const unique = [...new Set(folders as string[])].sort()
  return `${[`Parley holds ${unique.length} packages of others. ${bun}`, ...unique.map(notice)].join(ruler)}\n`
}

// Writes what the plugins' tables ask for as SQL migrations, one file per dialect, and the list that embeds them.
//
//   npm run generate                       every plugin with a tables.ts
//   npm run generate -- chat               this one only
//   npm run generate -- chat --name pins   names the new migration 0002_pins
//   npm run generate -- --check            writes nothing; exits 1 if something is missing
//
// meta/<dialect>.json is what the tables looked like at the last migration; a new one holds the difference. SQL
// files written by hand, named likewise, are kept and listed too.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { generateDrizzleJson, generateMigration, generateSQLiteDrizzleJson, generateSQLiteMigration } from 'drizzle-kit/api'
import { type Kit, postgresKit, sqliteKit } from '../src/store/columns.ts'

const args = process.argv.slice(2)
/** Takes `--name value` out of the arguments. */
const option = (name: string): string | undefined => {
  const at = args.indexOf(`--${name}`)
  return at >= 0 ? args.splice(at, 2)[1] : undefined
}
// Another root is for tests.
const root = resolve(option('root') ?? join(import.meta.dir, '..'))
const name = option('name')

interface Snapshot {
  readonly id: string
}

/** What differs between the databases when SQL is made for them. */
interface Dialect {
  readonly name: 'postgres' | 'sqlite'
  readonly kit: Kit
  snapshot(tables: Record<string, unknown>, previous?: string): Promise<Snapshot>
  difference(before: Snapshot, after: Snapshot): Promise<string[]>
}

const dialects: readonly Dialect[] = [
  {
    name: 'postgres',
    kit: postgresKit,
    snapshot: async (tables, previous) => generateDrizzleJson(tables, previous),
    difference: (before, after) => generateMigration(before as never, after as never),
  },
  {
    name: 'sqlite',
    kit: sqliteKit,
    snapshot: (tables, previous) => generateSQLiteDrizzleJson(tables, previous),
    difference: (before, after) => generateSQLiteMigration(before as never, after as never),
  },
]

/** Where one plugin's migrations live. */
interface Place {
  readonly plugin: string
  readonly tables: string
  readonly folder: string
}

const places = (only: readonly string[]): Place[] => {
  const plugins = readdirSync(join(root, 'plugins')).filter((name) => existsSync(join(root, 'plugins', name, 'tables.ts')))
  const strange = only.filter((name) => !plugins.includes(name))
  if (strange.length > 0) throw new Error(`No tables.ts in plugins/${strange.join(', plugins/')}`)
  return plugins
    .filter((name) => only.length === 0 || only.includes(name))
    .map((plugin) => ({
      plugin,
      tables: join(root, 'plugins', plugin, 'tables.ts'),
      folder: join(root, 'plugins', plugin, 'migrations'),
    }))
}

const filePattern = /^(\d{4}_[a-z0-9_]+)\.(postgres|sqlite)\.sql$/

const sqlFiles = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => filePattern.test(name))
        .sort()
    : []

const namesIn = (files: readonly string[]): string[] => [...new Set(files.map((file) => file.replace(filePattern, '$1')))].sort()

interface Change {
  readonly dialect: Dialect
  readonly snapshot: Snapshot
  readonly statements: readonly string[]
}

const metaPath = (place: Place, dialect: Dialect): string => join(place.folder, 'meta', `${dialect.name}.json`)

const changesOf = async (place: Place): Promise<Change[]> => {
  const { tables } = (await import(place.tables)) as { tables: (kit: Kit) => Record<string, unknown> }
  const changes = dialects.map(async (dialect): Promise<Change> => {
    const path = metaPath(place, dialect)
    const before = existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Snapshot) : await dialect.snapshot({})
    const snapshot = await dialect.snapshot(tables(dialect.kit), before.id)
    return { dialect, snapshot, statements: await dialect.difference(before, snapshot) }
  })
  return (await Promise.all(changes)).filter((change) => change.statements.length > 0)
}

const textOf = (statements: readonly string[]): string =>
  `${statements.map((statement) => statement.trim().replaceAll('\t', '  ')).join('\n--> statement-breakpoint\n')}\n`

const writeMigration = (place: Place, changes: readonly Change[], given: string | undefined): string => {
  const known = namesIn(sqlFiles(place.folder))
  const number = Number(known.at(-1)?.slice(0, 4) ?? 0) + 1
  const name = `${String(number).padStart(4, '0')}_${given ?? (known.length === 0 ? 'init' : 'change')}`
  mkdirSync(join(place.folder, 'meta'), { recursive: true })
  for (const { dialect, snapshot, statements } of changes) {
    writeFileSync(join(place.folder, `${name}.${dialect.name}.sql`), textOf(statements))
    writeFileSync(metaPath(place, dialect), `${JSON.stringify(snapshot, null, 1)}\n`)
  }
  return name
}

const variable = (file: string): string => file.replace(filePattern, (_, name: string, dialect: string) => dialect + name.slice(0, 4))

const indexOf = (files: readonly string[]): string => {
  const imports = files.map((file) => `import ${variable(file)} from './${file}' with { type: 'text' }`)
  // A dialect that a migration has no file for has nothing to do.
  const value = (name: string, dialect: string): string =>
    files.includes(`${name}.${dialect}.sql`) ? variable(`${name}.${dialect}.sql`) : `''`
  const rows = namesIn(files).map((name) =>
    ['  {', `    name: '${name}',`, `    sqlite: ${value(name, 'sqlite')},`, `    postgres: ${value(name, 'postgres')},`, '  },'].join(
      '\n',
    ),
  )
  return `// Written by \`npm run generate\`.
import type { Migration } from '#core'
${imports.join('\n')}

export const migrations: readonly Migration[] = [
${rows.join('\n')}
]
`
}

const isIndexRight = (place: Place): boolean => {
  const path = join(place.folder, 'index.ts')
  return existsSync(path) && readFileSync(path, 'utf8') === indexOf(sqlFiles(place.folder))
}

const generate = async (place: Place, name: string | undefined): Promise<void> => {
  const changes = await changesOf(place)
  const made = changes.length > 0 ? writeMigration(place, changes, name) : undefined
  if (!isIndexRight(place)) writeFileSync(join(place.folder, 'index.ts'), indexOf(sqlFiles(place.folder)))
  console.log(`${place.plugin}: ${made ? `wrote ${relative(root, join(place.folder, made))}` : 'nothing to do'}`)
}

const complaints = async (place: Place): Promise<string[]> => {
  const changes = await changesOf(place)
  const missing = changes.map(({ dialect }) => `${place.plugin}: tables.ts has changes that no ${dialect.name} migration makes`)
  return isIndexRight(place) ? missing : [...missing, `${place.plugin}: migrations/index.ts is not the list of its SQL files`]
}

const check = async (only: readonly string[]): Promise<void> => {
  const found = (await Promise.all(places(only).map(complaints))).flat()
  for (const complaint of found) console.error(complaint)
  if (found.length === 0) return
  console.error('Run: npm run generate')
  process.exitCode = 1
}

const only = args.filter((arg) => !arg.startsWith('--'))
if (name !== undefined && !/^[a-z0-9_]+$/.test(name)) throw new Error('A name has lower-case letters, digits and underscores')
if (args.includes('--check')) await check(only)
else for (const place of places(only)) await generate(place, name)

import { describe } from 'bun:test'
import { noPostgres, postgresServer } from './postgres.ts'
import { describeUnless } from './skip.ts'

/** Makes a fresh database of one kind; `undefined` stands for the server's own temporary SQLite file. */
export type NewDatabase = () => Promise<string | undefined>

/** Run one suite on SQLite and on a real Postgres. */
export const forEachDatabase = (name: string, suite: (newDatabase: NewDatabase) => void): void => {
  describe(`${name} on SQLite`, () => suite(async () => undefined))
  describeUnless(noPostgres)(`${name} on Postgres`, () => suite(async () => (await postgresServer()).createDatabase()))
}

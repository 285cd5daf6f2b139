// Loaded before the server for a control: SQLite no longer waits for the disk at each commit. A test of lost power that
// loses nothing then would find nothing either.
import { Database } from 'bun:sqlite'

const { run } = Database.prototype

Database.prototype.run = function (this: Database, text: string, ...rest: never[]) {
  return run.call(this, text.replace('synchronous = full', 'synchronous = normal'), ...rest)
} as typeof run

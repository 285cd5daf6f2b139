// Written by `npm run generate`.
import type { Migration } from '#core'
import postgres0001 from './0001_init.postgres.sql' with { type: 'text' }
import sqlite0001 from './0001_init.sqlite.sql' with { type: 'text' }
import postgres0002 from './0002_disabling.postgres.sql' with { type: 'text' }
import sqlite0002 from './0002_disabling.sqlite.sql' with { type: 'text' }
import postgres0003 from './0003_people.postgres.sql' with { type: 'text' }
import sqlite0003 from './0003_people.sqlite.sql' with { type: 'text' }

export const migrations: readonly Migration[] = [
  {
    name: '0001_init',
    sqlite: sqlite0001,
    postgres: postgres0001,
  },
  {
    name: '0002_disabling',
    sqlite: sqlite0002,
    postgres: postgres0002,
  },
  {
    name: '0003_people',
    sqlite: sqlite0003,
    postgres: postgres0003,
  },
]

// Written by `npm run generate`.
import type { Migration } from '#core'
import postgres0001 from './0001_init.postgres.sql' with { type: 'text' }
import sqlite0001 from './0001_init.sqlite.sql' with { type: 'text' }
import postgres0002 from './0002_groups.postgres.sql' with { type: 'text' }
import sqlite0002 from './0002_groups.sqlite.sql' with { type: 'text' }
import postgres0003 from './0003_entrances.postgres.sql' with { type: 'text' }
import sqlite0003 from './0003_entrances.sqlite.sql' with { type: 'text' }
import postgres0004 from './0004_settings.postgres.sql' with { type: 'text' }
import sqlite0004 from './0004_settings.sqlite.sql' with { type: 'text' }
import postgres0005 from './0005_personal.postgres.sql' with { type: 'text' }
import sqlite0005 from './0005_personal.sqlite.sql' with { type: 'text' }
import postgres0006 from './0006_pins.postgres.sql' with { type: 'text' }
import sqlite0006 from './0006_pins.sqlite.sql' with { type: 'text' }
import postgres0007 from './0007_search.postgres.sql' with { type: 'text' }
import sqlite0007 from './0007_search.sqlite.sql' with { type: 'text' }
import postgres0008 from './0008_freezing.postgres.sql' with { type: 'text' }
import sqlite0008 from './0008_freezing.sqlite.sql' with { type: 'text' }
import postgres0009 from './0009_once.postgres.sql' with { type: 'text' }
import sqlite0009 from './0009_once.sqlite.sql' with { type: 'text' }
import postgres0010 from './0010_places.postgres.sql' with { type: 'text' }

export const migrations: readonly Migration[] = [
  {
    name: '0001_init',
    sqlite: sqlite0001,
    postgres: postgres0001,
  },
  {
    name: '0002_groups',
    sqlite: sqlite0002,
    postgres: postgres0002,
  },
  {
    name: '0003_entrances',
    sqlite: sqlite0003,
    postgres: postgres0003,
  },
  {
    name: '0004_settings',
    sqlite: sqlite0004,
    postgres: postgres0004,
  },
  {
    name: '0005_personal',
    sqlite: sqlite0005,
    postgres: postgres0005,
  },
  {
    name: '0006_pins',
    sqlite: sqlite0006,
    postgres: postgres0006,
  },
  {
    name: '0007_search',
    sqlite: sqlite0007,
    postgres: postgres0007,
  },
  {
    name: '0008_freezing',
    sqlite: sqlite0008,
    postgres: postgres0008,
  },
  {
    name: '0009_once',
    sqlite: sqlite0009,
    postgres: postgres0009,
  },
  {
    name: '0010_places',
    sqlite: '',
    postgres: postgres0010,
  },
]

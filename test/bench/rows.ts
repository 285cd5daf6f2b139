// Every row of the benchmark by its name.
import type { Bench } from './bench.ts'
import type { Report } from './report.ts'
import { connect } from './rows/connect.ts'
import { flood } from './rows/flood.ts'
import { idle } from './rows/idle.ts'
import { pairs } from './rows/pairs.ts'
import { oneRoom, smallRooms } from './rows/rooms.ts'
import { search } from './rows/search.ts'
import { signals } from './rows/signals.ts'
import { start } from './rows/start.ts'

export const rows: Readonly<Record<string, (bench: Bench) => Promise<Report>>> = {
  'one-room': oneRoom,
  'small-rooms': smallRooms,
  pairs,
  signals,
  connect,
  idle,
  start,
  flood,
  search,
}

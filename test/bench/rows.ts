// Every row of the benchmark by its name.
import type { Bench } from './bench.ts'
import type { Report } from './report.ts'
import { connect } from './rows/connect.ts'
import { flood } from './rows/flood.ts'
import { group } from './rows/group.ts'
import { idle } from './rows/idle.ts'
import { history, longSend } from './rows/long.ts'
import { pairs } from './rows/pairs.ts'
import { catchUp, comingBack } from './rows/return.ts'
import { oneRoom, smallRooms } from './rows/rooms.ts'
import { search } from './rows/search.ts'
import { signals } from './rows/signals.ts'
import { start } from './rows/start.ts'

export const rows: Readonly<Record<string, (bench: Bench) => Promise<Report>>> = {
  'one-room': oneRoom,
  'small-rooms': smallRooms,
  pairs,
  group,
  'long-send': longSend,
  history,
  'catch-up': catchUp,
  return: comingBack,
  signals,
  connect,
  idle,
  start,
  flood,
  search,
}

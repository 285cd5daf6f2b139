// Getting connections in and nothing more.
import { type Bench, startParley, tokenLines } from './bench.ts'
import type { Contender } from './contenders.ts'
import { type LoadOptions, runLoad } from './load.ts'

/** How `conns` connections come to a contender and stay silent; to Parley each with a signed token, from person number `from` on. */
export const arrival = (bench: Bench, contender: Contender, conns: number, from = 0): LoadOptions => {
  if (contender.name === 'parley') return signedArrival(bench, conns, from)
  const { msg: _, pad: __, ...talk } = contender.talk(bench, conns, 0)
  return { conns, ...talk }
}

const signedArrival = (bench: Bench, conns: number, from = 0): LoadOptions => ({
  conns,
  path: '/ws',
  lines: tokenLines(bench, conns, from),
  subproto: 'parley.v1, auth.{1}',
  ready: 'core.welcome',
})

/** Make `count` people known to Parley: somebody's first connect stores them, and later rows are about those who come back. */
export const meetPeople = async (bench: Bench, count: number): Promise<void> => {
  await using server = await startParley(bench)
  await runLoad({ port: server.port, ...signedArrival(bench, count) })
}

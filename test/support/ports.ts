// A port for a program that has to be told one, or that comes back on the one it had.
import { createServer } from 'node:net'

// Below the range from which systems take the ports of outgoing connections, and of whoever asks for any: else another test
// could have it by the time that it is listened on.
const [first, last] = [20_000, 32_000]

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })

/** A port that nobody listens on now, and that nobody else is likely to come by. */
export const freePort = async (): Promise<number> => {
  for (let attempt = 0; attempt < 100; attempt++) {
    const port = first + Math.floor(Math.random() * (last - first))
    if (await isFree(port)) return port
  }
  throw new Error(`there is no free port between ${first} and ${last}`)
}

// Loaded before the server: while the file `DROP_FILE` exists, every seventh live entry of a conversation is lost on its way
// to everybody, as between servers whose broker has lost it. Nobody is told.
import { appendFileSync, existsSync } from 'node:fs'

const file = process.env.DROP_FILE ?? ''
const every = 7
const { serve } = Bun
let count = 0

const isLost = (frame: string): boolean => frame.startsWith('{"type":"chat.posted"') && existsSync(file) && ++count % every === 0

Bun.serve = ((options: never) => {
  const server = serve(options)
  const publish = server.publish.bind(server)
  server.publish = ((topic: string, frame: string, ...rest: never[]) => {
    if (!isLost(frame)) return publish(topic, frame, ...rest)
    appendFileSync(`${file}.lost`, '.')
    return 0
  }) as typeof server.publish
  return server
}) as typeof Bun.serve

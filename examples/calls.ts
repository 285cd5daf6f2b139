// How an app makes calls. CLIENT.md quotes this file, so that its samples compile.
import { createCalls } from '../src/client/calls/index.ts'
import type { Client } from '../src/client/index.ts'

/** Ring, answer, show. */
export const call = async (client: Client, userId: string, show: (stream: MediaStream) => void): Promise<void> => {
  const calls = createCalls(client)
  calls.onIncoming((incoming) => {
    if (confirm(`${incoming.info.caller} is calling`)) void incoming.accept()
    else void incoming.decline()
  })

  const { verdict, sentence } = await calls.preflight()
  if (verdict !== undefined) console.log(sentence)

  const outgoing = await calls.invite(userId, 'video')
  outgoing.onChange(({ state, remotes, info }) => {
    for (const { stream } of remotes) show(stream)
    if (state === 'ended') console.log(`${info.outcome} after ${info.durationMs ?? 0} ms`)
  })
  outgoing.onText((text, user) => console.log(user, text))
}

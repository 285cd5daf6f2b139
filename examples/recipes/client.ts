import type { Protocol } from '#core'
import { createClient } from '../../src/client/index.ts'
import type { guestbook } from '../plugins/guestbook/index.ts'

/** Sign the guest book of a server; the id of the entry. */
export const sign = async (url: string, accessToken: string, text: string): Promise<string> => {
  const client = createClient<Protocol<[typeof guestbook]>>({ url, token: async () => accessToken })
  const online = new Promise<void>((resolve) => {
    client.onState(({ kind }) => {
      if (kind === 'online') resolve()
    })
  })
  client.start()
  await online
  const { id } = await client.request('guestbook.sign', { text })
  client.stop()
  return id
}

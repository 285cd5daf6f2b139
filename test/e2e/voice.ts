// A person without a browser, who can say a lot in a short time.
import { createClient } from '../../src/client/index.ts'

/** Somebody who only talks. */
export interface Voice extends Disposable {
  readonly id: string
  /** Resolves when all of it is stored. */
  say(to: string, texts: readonly string[]): Promise<void>
}

/** Come in as a guest and stay in the lobby. */
export const voice = async (url: string, name: string): Promise<Voice> => {
  const response = await fetch(`${url}/api/auth/guest`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name }),
  })
  const { user, accessToken } = (await response.json()) as { user: { id: string }; accessToken: string }
  const client = createClient({ url, token: async () => accessToken })
  const joined = Promise.withResolvers<void>()
  client.rooms.join('lobby', { onMembers: () => joined.resolve() })
  client.start()
  await joined.promise
  return {
    id: user.id,
    say: async (to, texts) => void (await Promise.all(texts.map((text) => client.chat.send(to, text).done))),
    [Symbol.dispose]: () => client.stop(),
  }
}

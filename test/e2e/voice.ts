// A person without a browser, who can say a lot in a short time.
import { createClient } from '../../src/client/index.ts'

/** Somebody who only talks. */
export interface Voice extends Disposable {
  readonly id: string
  /** Resolves when all of it is stored. */
  say(to: string, texts: readonly string[]): Promise<void>
  /** As `say`, for very many. */
  pour(to: string, texts: Iterable<string>): Promise<void>
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
    pour: async (to, texts) => {
      let number = 0
      const rest = texts[Symbol.iterator]()
      const work = async (): Promise<void> => {
        for (let next = rest.next(); !next.done; next = rest.next())
          await client.request('chat.send', { text: next.value, clientId: `p${++number}` }, { to })
      }
      await Promise.all(Array.from({ length: 100 }, work))
    },
    [Symbol.dispose]: () => client.stop(),
  }
}
